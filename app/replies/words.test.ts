import { expect, test } from '@jest/globals'
import type { RunPhase, RunState } from '#app/core/run.ts'
import { LOCALES, RUN_STATES } from '#app/core/run.ts'
import { duration, stageWord, stateWord } from './words.ts'

test.each([
  [0, '0 s', '0 с'],
  [59, '59 s', '59 с'],
  [60, '1 min 0 s', '1 мин 0 с'],
  [3_599, '59 min 59 s', '59 мин 59 с'],
  [3_900, '1 h 5 min', '1 ч 5 мин']
])('%d seconds are %s', (seconds, en, ru) => {
  expect(duration(seconds, 'en')).toBe(en)
  expect(duration(seconds, 'ru')).toBe(ru)
})

test.each(LOCALES)('every state and phase has words of its own in %s', locale => {
  const phases: readonly RunPhase[] = ['created', 'preparing', 'agent', 'checking', 'publishing']
  const shown = (state: RunState, phase: RunPhase): string => {
    const { icon, text } = stateWord({ state, phase, reason: null, cancelBy: null }, locale)
    return `${icon} ${text}`
  }
  const all = [
    ...RUN_STATES.filter(state => state !== 'running').map(state => shown(state, 'agent')),
    ...phases.map(phase => shown('running', phase))
  ]
  expect(new Set(all).size).toBe(all.length)
})

test('a wish to cancel shows until the run has ended', () => {
  const run = { state: 'running', phase: 'agent', reason: null, cancelBy: 'bob' } as const
  expect(stateWord(run, 'en').text).toBe('stopping')
  expect(stateWord({ ...run, state: 'succeeded' }, 'en').text).toBe('done')
})

test('a revise is called one', () => {
  expect(stageWord({ stage: 'dev', kind: 'revise' }, 'ru')).toBe('dev, доработка')
  expect(stageWord({ stage: 'dev', kind: 'work' }, 'ru')).toBe('dev')
})
