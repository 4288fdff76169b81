import type { CommandDefinition } from '#app/core/decision.ts'
import { refuse } from '#app/core/decision.ts'
import { startRevise } from './start.ts'

export const revise: CommandDefinition<'revise'> = {
  name: 'revise',
  usage: '/revise [text]',
  example: '/revise',
  summary: {
    en: 'Continue the last stage on its open pull request. The text, also over several lines, says what to change.',
    ru: 'Продолжить последний этап в его открытом pull request. Текст, можно в несколько строк, говорит, что изменить.'
  },
  takesText: true,
  insteadOf: { revision: '/revise', rework: '/revise' },
  read: args => ({ name: 'revise', text: args.trim() }),
  decide(facts, command) {
    const stage = facts.active?.stage ?? facts.last?.stage
    if (stage !== undefined) return startRevise(facts, stage, command.text)
    // Without a run of ours nobody knows which stage the pull request belongs to.
    return facts.pullRequest === null ? refuse('run.revise.pr_not_found') : refuse('no_run')
  }
}
