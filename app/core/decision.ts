/** What the rules answer: facts in, decision out. */
import type { Command, Trigger } from './command.ts'
import type { LabelNames } from './labels.ts'
import type { RunPhase, RunState } from './run.ts'
import type { RunKind, StageGraph, StageName } from './stage.ts'

/** Why a trigger was refused. Each has a sentence with a remedy in `replies/refused.ts`, in every language. */
export const REFUSAL_REASONS = [
  'sender_type_not_permitted',
  'sender_not_allowed',
  'stage_disabled',
  'stage_not_revisable',
  'issue_trigger_label_conflict',
  'agent_label_conflict',
  'agent_unknown',
  'run_active',
  'run.revise.pr_not_found',
  'branch_taken',
  'issue_closed',
  'issue_not_resolved',
  'no_active_run',
  'no_run',
  'run_not_failed',
  'run_superseded',
  'comment_edited',
  'unknown_command',
  'unknown_stage',
  'bad_arguments',
  'too_many_commands'
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

export interface Refusal {
  readonly kind: 'refuse'
  readonly reason: RefusalReason
  /** Values for the sentence: labels, run ids, the closest command. Shown as code, never as Markdown. */
  readonly params: Readonly<Record<string, string>>
}

/** What the rules need to know of a run. */
export interface RunFacts {
  readonly id: string
  readonly stage: StageName
  readonly kind: RunKind
  readonly state: RunState
  readonly phase: RunPhase
  readonly attempt: number
  readonly pullRequest: number | null
}

export interface Facts {
  readonly trigger: Trigger
  readonly issue: {
    readonly number: number
    readonly open: boolean
    readonly labels: readonly string[]
  }
  /** The active writing run of the issue. */
  readonly active: RunFacts | null
  /** The newest run of the issue, active or not. */
  readonly last: RunFacts | null
  /** The open pull request of the issue's branch. */
  readonly pullRequest: { readonly number: number; readonly headSha: string } | null
  /** Login of the first person, not us, whose unmerged commits are on the branch without an open pull request. */
  readonly branchTakenBy: string | null
  readonly stages: StageGraph
  readonly labels: LabelNames
}

export type Decision =
  | {
      readonly kind: 'start'
      readonly stage: StageName
      readonly runKind: RunKind
      /** The run whose session and pull request a revise inherits. */
      readonly parent: string | null
      readonly instruction: string
    }
  | { readonly kind: 'cancel'; readonly run: string }
  | { readonly kind: 'retry'; readonly run: string }
  /** A review during an active run waits and becomes its next revise (decisions 6). */
  | { readonly kind: 'keep-review'; readonly run: string }
  | { readonly kind: 'tell'; readonly what: 'status' | 'help' }
  | Refusal

export function refuse(
  reason: RefusalReason,
  params: Readonly<Record<string, string>> = {}
): Refusal {
  return { kind: 'refuse', reason, params }
}

type CommandsByName = { readonly [C in Command as C['name']]: C }

/** The command object of a name. */
export type CommandOf<Name extends Command['name']> = CommandsByName[Name]

/** A command's file: its grammar, its help, and what it decides. One line in `commands/index.ts` makes it live. */
export interface CommandDefinition<out Name extends Command['name'] = Command['name']> {
  readonly name: Name
  /** As a person types it, arguments in brackets when optional: `/run <stage> [revise]`. */
  readonly usage: string
  /** A whole command to copy, shown as the closest one to a slip: `/run dev`. */
  readonly example: string
  readonly summary: { readonly en: string; readonly ru: string }
  /** True: the lines below it, up to the next command, are part of its arguments. */
  readonly takesText?: boolean
  /** Words that people type when they mean this command, with what they should have typed. */
  readonly insteadOf?: Readonly<Record<string, string>>
  /** Arguments after the name, as written, further lines behind `\n`; a mistake when they make no sense. */
  readonly read: (args: string) => CommandOf<Name> | ArgumentMistake
  /** A method, so that a table of all commands can be held as one type. */
  decide(facts: Facts, command: CommandOf<Name>): Decision
}

/** Every command by its name. */
export type CommandTable = { readonly [Name in Command['name']]: CommandDefinition<Name> }

export interface ArgumentMistake {
  readonly name: 'mistake'
  readonly reason: 'unknown_stage' | 'bad_arguments'
  readonly closest: string | null
}
