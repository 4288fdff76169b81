import type { CommandDefinition } from '#app/core/decision.ts'
import { bare } from './bare.ts'

export const status: CommandDefinition<'status'> = {
  name: 'status',
  usage: '/status',
  example: '/status',
  summary: {
    en: 'Say what is going on with this issue: run, stage, pull request.',
    ru: 'Сказать, что происходит с этой задачей: запуск, этап, pull request.'
  },
  read: args => bare(args, { name: 'status' }, '/status'),
  decide: () => ({ kind: 'tell', what: 'status' })
}
