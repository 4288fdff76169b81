/** One command object, whatever channel it came through: label, comment, review, button, CLI. */
import type { RunKind, StageName } from './stage.ts'

export type Command =
  | {
      readonly name: 'run'
      readonly stage: StageName
      readonly kind: RunKind
      readonly text: string
    }
  /** Continues whatever stage the thread's last run was in. */
  | { readonly name: 'revise'; readonly text: string }
  | { readonly name: 'cancel' }
  | { readonly name: 'retry' }
  | { readonly name: 'status' }
  | { readonly name: 'help' }

/** The way in that a command took; it decides where the answer goes. */
export type Channel = 'label' | 'comment' | 'review' | 'button' | 'cli' | 'sweep'

/**
 * Where a command came from. `key` identifies the trigger by the signed body (decisions 4), so
 * that the same trigger under another delivery id is known again.
 */
export interface Trigger {
  readonly channel: Channel
  readonly key: string
  readonly correlationId: string
  readonly actor: string
  /** The issue or pull request on which it was made. */
  readonly thread: number
  readonly label: string | null
  readonly commentId: number | null
  readonly reviewId: number | null
  /** ISO time up to which the text of others counts (decisions 10b). */
  readonly at: string
}

/** A line of a comment as the grammar reads it. */
export type CommandLine =
  | { readonly kind: 'command'; readonly line: number; readonly command: Command }
  | {
      readonly kind: 'mistake'
      readonly line: number
      readonly text: string
      readonly reason: 'unknown_command' | 'unknown_stage' | 'bad_arguments'
      /** The closest command as a person would write it; null when nothing is near. */
      readonly closest: string | null
    }
