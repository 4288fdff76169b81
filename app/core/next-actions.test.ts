import { expect, test } from '@jest/globals'
import { nextActions } from './next-actions.ts'
import type { RunState } from './run.ts'
import { LOCALES, RUN_STATES } from './run.ts'

const run = {
  state: 'running' as RunState,
  attempt: 2,
  retries: 0,
  stage: 'dev',
  pullRequest: null,
  cancelBy: null
} as const

test.each([
  ['a run at work can be canceled', run, ['cancel:2.0'], ['/cancel', '/status']],
  [
    'a run that waits as well',
    { ...run, state: 'waiting_mcp' },
    ['cancel:2.0'],
    ['/cancel', '/status']
  ],
  ['a run being canceled needs nothing', { ...run, cancelBy: 'bob' }, [], []],
  ['a failed run can be retried', { ...run, state: 'failed' }, ['retry:2.0'], ['/retry']],
  ['a canceled run too', { ...run, state: 'canceled', cancelBy: 'bob' }, ['retry:2.0'], ['/retry']],
  [
    'a failed run with a pull request can be revised',
    { ...run, state: 'timed_out', pullRequest: 1 },
    ['retry:2.0'],
    ['/retry', '/revise what to change']
  ],
  [
    'a success is revised',
    { ...run, state: 'succeeded', pullRequest: 1 },
    [],
    ['/revise what to change']
  ],
  ['a success without changes starts over', { ...run, state: 'succeeded' }, [], ['/run dev']]
] as const)('%s', (_sentence, state, buttons, commands) => {
  const next = nextActions(state, 'en')
  expect(next.buttons.map(({ identifier }) => identifier)).toEqual(buttons)
  expect(next.commands.map(({ command }) => command)).toEqual(commands)
})

test('every button keeps GitHub’s limits, in every language and state', () => {
  const buttons = LOCALES.flatMap(locale =>
    RUN_STATES.map(state => nextActions({ ...run, attempt: 999_999, state }, locale).buttons)
  )
  expect(buttons.flat().length).toBeGreaterThan(10)
  for (const list of buttons) expect(list.length).toBeLessThanOrEqual(3)
  for (const { label, description, identifier } of buttons.flat()) {
    expect(label.length).toBeLessThanOrEqual(20)
    expect(description.length).toBeLessThanOrEqual(40)
    expect(identifier.length).toBeLessThanOrEqual(20)
  }
})
