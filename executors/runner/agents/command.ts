import type { Agent } from './agent.ts'

/** Any program: its exit code is the outcome, its lines are the log, its session is a folder. */
export const command: Agent = {
  name: 'command',
  sessionPaths: ['.'],
  start: ({ choice }) => ({ argv: choice.command, env: {}, folders: [], files: [] }),
  parse: () => null
}
