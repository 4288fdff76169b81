import type { CommandDefinition } from '#app/core/decision.ts'
import { bare } from './bare.ts'

export const help: CommandDefinition<'help'> = {
  name: 'help',
  usage: '/help',
  example: '/help',
  summary: {
    en: 'List these commands and labels.',
    ru: 'Показать эти команды и метки.'
  },
  insteadOf: { commands: '/help' },
  read: args => bare(args, { name: 'help' }, '/help'),
  decide: () => ({ kind: 'tell', what: 'help' })
}
