import { expect, test } from '@jest/globals'
import type { Io } from '#app/cli/io.ts'
import { StoryFailure } from './step.ts'
import { createTeller, named } from './teller.ts'

function written(work: (io: Io) => void): string {
  let text = ''
  const stream = { write: (more: string) => (text += more) }
  work({ env: {}, stdout: stream, stderr: { write: () => undefined } })
  return text
}

test('a step stands on a line with its name and place, and details below it', () => {
  const text = written(io =>
    createTeller(io, 'stdout').tell({
      name: 'diff',
      text: 'src/a.js',
      where: 'http://here/1',
      detail: '-one\n+two\n'
    })
  )
  expect(text).toBe(
    '   0.0 s  diff         src/a.js  http://here/1\n            -one\n            +two\n'
  )
})

test("a command's long output is cut, and the agent's paths are those of the repository", () => {
  const tree = '/tmp/stagewright-demo-x/state/local/attempts/r1-a1/place/tree'
  const output = Array.from({ length: 12 }, (_, index) => `  line ${index}`)
  const lines = ['$ npm test', '  ', ...output, `Edit ${tree}/src/a.js`, '  done']
  const text = written(io => {
    const teller = createTeller(io, 'stdout')
    for (const line of lines) teller.tell({ name: 'line', text: line })
    teller.tell({ name: 'gate', text: 'passed' })
  })
  expect(text.split('\n').map(line => line.trimStart())).toEqual([
    '│ $ npm test',
    ...Array.from({ length: 8 }, (_, index) => `│   line ${index}`),
    '│   … 4 more lines',
    '│ Edit src/a.js',
    '│   done',
    '0.0 s  gate         passed',
    ''
  ])
})

test('output that ends with its run is cut as well', () => {
  const text = written(io => {
    const teller = createTeller(io, 'stdout')
    for (let line = 0; line < 10; line += 1) teller.tell({ name: 'line', text: `  ${line}` })
    teller.tell({ name: 'gate', text: 'passed' })
  })
  expect(text).toContain('│   7\n          │   … 2 more lines\n   0.0 s  gate')
})

test('a failure names the step that was waited for', () => {
  expect(named(new StoryFailure('gate', 'a result', 'it ended')).message).toBe(
    'telling the demo at "gate": expected a result, but it ended'
  )
})
