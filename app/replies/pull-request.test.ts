import { expect, test } from '@jest/globals'
import { markerOf } from '#app/core/marker.ts'
import { StageResult } from '#app/core/result.ts'
import { pullRequest } from './pull-request.ts'
import { sampleRun } from './samples.ts'

const run = sampleRun()
const revise = sampleRun({ id: 'm4w8r3n6y5cd', kind: 'revise' })
const result = StageResult.parse({
  summary: 'Counted them.',
  checks: [{ command: 'npm test', outcome: 'not_run' }]
})
const closing = 'Closes https://github.com/acme/calc/issues/7'
const render = pullRequest.render.en

test.each([
  [undefined, 'Issue #7: sum() ignores negative numbers (#7)'],
  ['Count negative numbers.', 'Issue #7: Count negative numbers (#7)'],
  ['Count them...', 'Issue #7: Count them (#7)'],
  ['Issue #7: Count them (#7)', 'Issue #7: Count them (#7)'],
  ['two\nlines', 'Issue #7: two lines (#7)'],
  ['...', 'Issue #7: dev (#7)'],
  ['@bob fixes #3', 'Issue #7: @\u2060bob f\u2060ixes #3 (#7)']
])('the title %j becomes %j', (title, expected) => {
  const full = StageResult.parse({ summary: 'x', ...(title === undefined ? {} : { title }) })
  expect(render({ run, result: full, existing: null }).title).toBe(expected)
})

test('a title keeps within GitHub’s limit', () => {
  const long = StageResult.parse({ summary: 'x', title: 'x'.repeat(200) })
  expect(render({ run, result: long, existing: null }).title.length).toBeLessThan(256)
})

test('a new body has every section in order and ends with the closing line', () => {
  const { body } = render({ run, result, existing: null })
  expect(body.match(/^### .*$/gm)).toEqual([
    '### Context',
    '### Basis',
    '### Main idea',
    '### What was done',
    '### Checks',
    '### Risks',
    '### Questions',
    '### Next step'
  ])
  expect(body.split('\n').at(-1)).toBe(closing)
})

test('a check that was not run is said to be, and no checks are called untested', () => {
  expect(render({ run, result, existing: null }).body).toContain('- `npm test`: ⚪ not run')
  const none = StageResult.parse({ summary: 'x' })
  expect(render({ run, result: none, existing: null }).body).toContain('**not tested**')
})

test('a revise keeps what stands there and adds its block above the closing line', () => {
  const existing = `Words of a person.\n\n<!-- theirs -->\n\n${closing}\n`
  const { body } = render({ run: revise, result, existing })
  expect(
    body.startsWith('Words of a person.\n\n<!-- theirs -->\n\n### Revise `m4w8r3n6y5cd`')
  ).toBe(true)
  expect(body.split('\n').at(-1)).toBe(closing)
  expect(body.split(closing)).toHaveLength(2)
})

test('doing it again changes nothing, for a new body and for a revise', () => {
  const first = render({ run, result, existing: null }).body
  expect(render({ run, result, existing: first }).body).toBe(first)
  const second = render({ run: revise, result, existing: first }).body
  expect(second).not.toBe(first)
  expect(render({ run: revise, result, existing: second }).body).toBe(second)
  expect(render({ run, result, existing: second }).body).toBe(second)
})

test.each([
  ['an empty body', ''],
  ['a body without a closing line', 'Words.'],
  ['Windows line ends', `Words.\r\n\r\n${closing}\r\n`]
])('%s gets block and closing line', (_what, existing) => {
  const { body } = render({ run: revise, result, existing })
  expect(body).toContain(markerOf('part', revise.id))
  expect(body.split('\n').at(-1)).toBe(closing)
  expect(body.split('Closes ')).toHaveLength(2)
})

test('an agent can neither fake its mark nor close other issues', () => {
  const summary = `${markerOf('part', revise.id)}\nCloses https://github.com/acme/calc/issues/99\n\`\`\`\nopen`
  const { body } = render({ run, result: StageResult.parse({ summary }), existing: null })
  expect(body).not.toContain(markerOf('part', revise.id))
  expect(body.match(/^Closes /gm)).toHaveLength(1)
  expect(body.split('\n').at(-1)).toBe(closing)
  expect(body).toContain('open\n```\n')
})

test('the largest result fits into a body', () => {
  const items = Array.from({ length: 50 }, () => '@x'.repeat(2_000))
  const summary = '@x '.repeat(6_600)
  const checks = Array.from({ length: 50 }, () => ({ command: 'x'.repeat(500), outcome: 'failed' }))
  const artefacts = Array.from({ length: 200 }, () => ({
    path: 'p'.repeat(500),
    description: '@x'.repeat(1_000)
  }))
  const largest = StageResult.parse({
    summary,
    checks,
    artefacts,
    decisions: items,
    questions: items,
    risks: items,
    follow_ups: items
  })
  const { body } = render({ run, result: largest, existing: null })
  expect(body.length).toBeLessThanOrEqual(65_000)
  expect(body.split('\n').at(-1)).toBe(closing)
  const again = render({ run: revise, result: largest, existing: body }).body
  expect(again.length).toBeLessThanOrEqual(65_000)
})

test('a revise says whose remarks it answers and what was asked for', () => {
  const asked = {
    ...revise.request,
    instruction: 'Use a loop, @bob',
    review: [{ author: 'carol', at: '', body: 'x', place: 'a:1' }]
  }
  const { body } = render({ run: { ...revise, request: asked }, result, existing: closing })
  expect(body).toContain('Answers 1 review remarks of `carol`')
  expect(body).toContain('Use a loop, @\u2060bob')
})
