import type { Command } from '#app/core/command.ts'
import type { ArgumentMistake } from '#app/core/decision.ts'

/** A command that stands alone on its line: words behind it make the line a sentence about it. */
export function bare<C extends Command>(
  args: string,
  command: C,
  closest: string
): C | ArgumentMistake {
  if (/^[\s.!?]*$/.test(args)) return command
  return { name: 'mistake', reason: 'bad_arguments', closest }
}
