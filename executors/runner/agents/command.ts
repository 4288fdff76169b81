import type { Agent } from './agent.ts'

/** Any program: its exit code is the outcome, its lines are the log, its session is a folder. */
export const command: Agent = {
  name: 'command',
  program: null,
  sandboxTry: null,
  sessionPaths: ['.'],
  start: ({ choice }) => ({
    argv: choice.command,
    env: {},
    folders: [],
    files: [],
    stdinFile: null
  }),
  parse: () => null
}
