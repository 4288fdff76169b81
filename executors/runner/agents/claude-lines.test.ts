import { expect, test } from '@jest/globals'
import { parseClaudeLine } from './claude-lines.ts'

const SEARCH = { type: 'server_tool_use', name: 'web_search', input: { query: 'q' } }

const said = (...content: readonly unknown[]) =>
  parseClaudeLine(JSON.stringify({ type: 'assistant', message: { content } }))

test('thinking is read in the log, and is no message', () => {
  const thinking = 'First the tests.\nThen the fix.'
  expect(said({ type: 'thinking', thinking, signature: 'EqoB' })).toEqual({
    events: [],
    lines: ['First the tests.', 'Then the fix.']
  })
})

test('thoughts that the model keeps to itself leave no line', () => {
  expect(said({ type: 'thinking', thinking: '', signature: 'EqoB' })).toEqual({
    events: [],
    lines: []
  })
})

test.each([
  ['one block', [SEARCH]],
  ['two', [SEARCH, { type: 'constructor' }]],
  ['what is no block at all', ['words', null]]
])('of a line with nothing known in it (%s) the raw one stays', (_what, content) => {
  expect(said(...content)).toBeNull()
})

test('an unknown block among known ones stays as it is, in its place', () => {
  const sign = said({ type: 'text', text: 'I look it up.' }, SEARCH, {
    type: 'text',
    text: 'Done.'
  })
  expect(sign?.lines).toEqual(['I look it up.', JSON.stringify(SEARCH), 'Done.'])
  expect(sign?.events.map(event => event.data)).toEqual([
    { text: 'I look it up.' },
    { text: 'Done.' }
  ])
})
