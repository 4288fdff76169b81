/** What a scripted attempt plays, from an object or a JSON file. */
import { readFileSync } from 'node:fs'
import type { RunnerEvent, RunnerReport } from '#app/core/attempt.ts'
import { AppError } from '#app/core/errors.ts'

export type ScriptStep =
  | { readonly do: 'log'; readonly text: string }
  | {
      readonly do: 'event'
      readonly type: RunnerEvent['type']
      readonly data?: RunnerEvent['data']
    }
  | { readonly do: 'wait'; readonly ms: number }
  /** Goes on until it is stopped, destroyed or out of time. */
  | { readonly do: 'hang' }
  /** Clones through the app, writes the files (null removes one), commits, hands the bundle over. */
  | {
      readonly do: 'change'
      readonly files: Readonly<Record<string, string | null>>
      readonly message?: string
    }
  | { readonly do: 'session'; readonly files: Readonly<Record<string, string>> }
  /** The end in order; `report` is the agent's result, as JSON. Without this step a script ends `finished`. */
  | {
      readonly do: 'result'
      readonly report?: unknown
      readonly outcome?: RunnerReport['outcome']
      readonly exitCode?: number
      readonly message?: string
    }
  /** The runner is gone from one moment to the next: no result, the attempt is lost. */
  | { readonly do: 'crash' }
  /** The runner ends by itself without a result. */
  | { readonly do: 'exit'; readonly code: number }

/** Steps by the first word of the agent's command; `*` serves every other word. */
export type Script = Readonly<Record<string, readonly ScriptStep[]>>

const KNOWN = ['log', 'event', 'wait', 'hang', 'change', 'session', 'result', 'crash', 'exit']

/** Reads a script from its JSON file. Throws CONFIG_INVALID with file, script and step. */
export function readScript(file: string): Script {
  let script: unknown
  try {
    script = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `reading the script ${file}: not a JSON file`, { cause })
  }
  if (typeof script !== 'object' || script === null) {
    throw new AppError('CONFIG_INVALID', `reading the script ${file}: write { "word": [steps] }`)
  }
  for (const [word, steps] of Object.entries(script)) {
    const at = Array.isArray(steps) ? steps.findIndex(step => !KNOWN.includes(step?.do)) : 0
    if (at < 0) continue
    const known = `"do" must be one of ${KNOWN.join(', ')}`
    throw new AppError('CONFIG_INVALID', `reading the script ${file}: ${word}[${at}]: ${known}`)
  }
  return script as Script
}
