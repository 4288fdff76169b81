import type { AgentChoice, RunnerEvent } from '#app/core/attempt.ts'

/** All that an agent's file may know when it says how to start the agent. Paths are absolute. */
export interface AgentStart {
  readonly choice: AgentChoice
  /** The folder it works in, a clone. */
  readonly tree: string
  readonly home: string
  readonly prompt: string
  readonly promptFile: string
  readonly resultFile: string
  /** Saved after every attempt and restored before the next one. */
  readonly sessionDir: string
  /** The saved session that stands in `sessionDir`; null starts cold. */
  readonly session: { readonly id: string | null } | null
  /** Where model calls go on this run's loopback port; no key is needed there. */
  readonly models: { readonly openai: string; readonly anthropic: string }
  /** The place keeps it from the rest of this machine; if not, it may do all that our own user may. */
  readonly isolated: boolean
  /** `sandboxTry` ended well; false in an isolated place, where it is not tried. */
  readonly sandboxWorks: boolean
}

/** How to start the agent: an argv (no shell) and what must be there before it starts. */
export interface AgentCommand {
  readonly argv: readonly string[]
  /** Added to the allow-listed environment, for example `CODEX_HOME`. */
  readonly env: Readonly<Record<string, string>>
  /** Folders that must exist before the start (Codex leaves at once without its home). */
  readonly folders: readonly string[]
  /** Files to write before the start, for example an agent's configuration. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** What its standard input reads; null is `/dev/null`. A prompt may be longer than an argument may be. */
  readonly stdinFile: string | null
}

/** A program that an agent cannot do without. */
export interface AgentProgram {
  /** The oldest version that works, as `1.2.3`; with the reason in a comment. */
  readonly oldest: string
  /** How a person gets or updates it. */
  readonly install: string
}

/** What one line of output says. Every field is optional; what is missing stays as it was. */
export interface AgentSign {
  readonly events: readonly Omit<RunnerEvent, 'at'>[]
  /** The id that the agent wants to hear at its next start, said when that session is open. */
  readonly sessionId?: string
  /** A result as JSON that the agent printed; the result file goes before it, and the last one stands. */
  readonly result?: string
  /** Why the agent gave up, one sentence; fails the attempt whatever its exit code. Null takes it back. */
  readonly failure?: string | null
  /** Readable lines that stand in the log in place of the raw one. */
  readonly lines?: readonly string[]
}

/**
 * A kind of agent that a launcher can start. The suite `app/testing/contracts/agent.ts` holds every
 * kind to these sentences. Implementations are pure: they read no file and start nothing.
 */
export interface Agent {
  readonly name: string
  /** What `<command> --version` must name; null: any program will do. */
  readonly program: AgentProgram | null
  /**
   * What follows `<command>` to try its own sandbox, with exit code 0 when that works on this machine
   * (at most 15 s); null: it has none. Tried before the start where the place is not isolated.
   */
  readonly sandboxTry: readonly string[] | null
  /**
   * What belongs to the session, relative to the session folder; `.` is all of it. The agent's home
   * (`CODEX_HOME`, `CLAUDE_CONFIG_DIR`) lies inside that folder, its caches need not be saved.
   */
  readonly sessionPaths: readonly string[]
  /**
   * Called after the tree and the session stand; a second time, without a session, when the agent
   * ended badly before it had opened the one it was given.
   */
  start(input: AgentStart): AgentCommand
  /** One line of standard output. Null: not a line of ours, it stays in the log as it is. Never throws. */
  parse(line: string): AgentSign | null
}
