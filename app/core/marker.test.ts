import { expect, test } from '@jest/globals'
import { markerOf, stripMarkers } from './marker.ts'

test('a run’s mark is readable', () => {
  expect(markerOf('run', 'k3v9q2m7x4ab')).toBe('<!-- stagewright:run=k3v9q2m7x4ab -->')
})

test.each(['a-->b', 'a -- b', 'reply:comment:1/2#3', '🎉'])('the id %j cannot end the mark', id => {
  const mark = markerOf('reply', id)
  expect(mark.indexOf('-->')).toBe(mark.length - 3)
  expect(mark.slice(4, -3)).not.toContain('--')
  expect(markerOf('reply', `${id}x`)).not.toBe(mark)
})

test.each([
  ['a mark', `before ${markerOf('run', 'x')} after`, 'before  after'],
  ['another spelling', 'a<!--STAGEWRIGHT:run=x-->b', 'ab'],
  ['a mark over two lines', 'a<!--\n stagewright:run=x -->b', 'ab']
])('%s is taken out of the text of others', (_what, text, left) => {
  expect(stripMarkers(text)).toBe(left)
})

test.each([
  ['an opening without an end', 'a <!-- stagewright:run=x'],
  ['a mark made by the removal', '<!-<!-- stagewright:run=y -->- stagewright:run=x -->'],
  ['a mark of great length', `<!-- stagewright:${'x'.repeat(2_000)} -->`]
])('%s is no mark any more', (_what, text) => {
  expect(stripMarkers(text)).not.toMatch(/<!--\s*stagewright:/)
})

test('other HTML comments are left alone', () => {
  expect(stripMarkers('<!-- note -->')).toBe('<!-- note -->')
})
