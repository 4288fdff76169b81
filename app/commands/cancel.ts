import type { CommandDefinition } from '#app/core/decision.ts'
import { refuse } from '#app/core/decision.ts'

export const cancel: CommandDefinition<'cancel'> = {
  name: 'cancel',
  usage: '/cancel [why]',
  example: '/cancel',
  summary: {
    en: 'Stop the active run of this issue. Its log stays.',
    ru: 'Остановить идущий запуск по этой задаче. Журнал сохранится.'
  },
  insteadOf: { cancelled: '/cancel', cancelling: '/cancel' },
  // A reason behind it is welcome, and nobody in a hurry should be corrected.
  read: () => ({ name: 'cancel' }),
  decide(facts) {
    if (facts.active === null) return refuse('no_active_run')
    return { kind: 'cancel', run: facts.active.id }
  }
}
