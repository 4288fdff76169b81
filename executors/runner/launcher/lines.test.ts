import { expect, test } from '@jest/globals'
import { LineSplitter, Tail } from './lines.ts'

test.each([
  ['lines over chunks', ['a\nb', 'c\n', 'd'], ['a', 'bc', 'd']],
  ['Windows line ends', ['a\r\nb\r', '\n'], ['a', 'b']],
  ['empty lines', ['\n\nx\n'], ['', '', 'x']],
  ['nothing at all', [], []]
])('%s', (_what, chunks, lines) => {
  const splitter = new LineSplitter()
  const found = chunks.flatMap(chunk => splitter.push(Buffer.from(chunk)))
  expect([...found, ...splitter.end()].map(line => line.text)).toEqual(lines)
})

test('a character cut between two chunks is put together', () => {
  const splitter = new LineSplitter()
  const bytes = Buffer.from('ы😀\n')
  const found = [...bytes].flatMap(byte => splitter.push(Buffer.from([byte])))
  expect(found).toEqual([{ text: 'ы😀', cut: false }])
})

test('a line without end is kept up to its cap, and the next one is whole again', () => {
  const splitter = new LineSplitter()
  for (let n = 0; n < 5; n += 1) splitter.push(Buffer.alloc(400_000, 'x'))
  const [long, next] = splitter.push(Buffer.from('\nnext\n'))
  expect(long).toMatchObject({ cut: true })
  expect(long?.text).toHaveLength(1024 * 1024)
  expect(next).toEqual({ text: 'next', cut: false })
})

test('the tail holds the last whole lines within its bytes', () => {
  const tail = new Tail(20)
  for (const line of ['first', 'ыыыыы', 'third', 'last']) tail.add(line)
  expect(tail.text).toBe('third\nlast')
})

test('the tail of one line that is too long is its end', () => {
  const tail = new Tail(10)
  tail.add('0123456789abcdef')
  expect(tail.text).toBe('789abcdef')
})
