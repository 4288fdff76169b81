import type { CommandDefinition, CommandTable } from '#app/core/decision.ts'
import { cancel } from './cancel.ts'
import { help } from './help.ts'
import { retry } from './retry.ts'
import { revise } from './revise.ts'
import { run } from './run.ts'
import { status } from './status.ts'

/** Every slash command, in the order in which `/help` lists them. */
export const COMMANDS = { run, revise, retry, cancel, status, help } as const satisfies CommandTable

/** The same as a list, for the grammar and for help. */
export const COMMAND_LIST: readonly CommandDefinition[] = Object.values(COMMANDS)
