/** What a scripted model does, in words that belong to no provider and to no CLI. */

/** One call of a tool. Paths are relative to the folder that the agent works in, or absolute. */
export type CallStep =
  | { readonly run: string }
  | { readonly read: string }
  /** Makes the file, or puts `text` in its place. Claude Code wants an existing one read before. */
  | { readonly write: { readonly path: string; readonly text: string } }
  /** Replaces whole lines that stand once in the file. Claude Code wants it read before. */
  | {
      readonly edit: { readonly path: string; readonly from: string; readonly to: string }
    }
  /** A tool by its own name; one of an MCP server as `mcp__SERVER__TOOL`, whatever the CLI makes of it. */
  | { readonly call: { readonly tool: string; readonly input: Readonly<Record<string, unknown>> } }

export type Step =
  | CallStep
  /** Reasoning that goes before the next call or the end, in the same answer. */
  | { readonly think: string }
  /** Words that go before the next call, in the same answer. */
  | { readonly say: string }
  /** Several calls in one answer. */
  | { readonly together: readonly CallStep[] }
  /** The last words of this turn. */
  | { readonly finish: string }

/** What is played after one prompt. */
export interface Script {
  /** Letters, digits and dashes, at most 20: it stands in the ids of its calls. */
  readonly name: string
  readonly steps: readonly Step[]
}

/** What the model says in one answer: with calls it waits for their results, without it has ended. */
export interface Beat {
  readonly thoughts: readonly string[]
  readonly words: readonly string[]
  readonly calls: readonly CallStep[]
}

/** The answers of a script in their order. Throws on a script that cannot be played. */
export function beatsOf(script: Script): readonly Beat[] {
  if (!/^[A-Za-z0-9-]{1,20}$/.test(script.name))
    throw new Error(`the script's name "${script.name}" is not 1 to 20 letters, digits and dashes`)
  const beats: Beat[] = []
  let thoughts: string[] = []
  let words: string[] = []
  const close = (calls: readonly CallStep[]): void => {
    beats.push({ thoughts, words, calls })
    thoughts = []
    words = []
  }
  for (const step of script.steps) {
    if ('think' in step) thoughts.push(step.think)
    else if ('say' in step) words.push(step.say)
    else if ('finish' in step) {
      words.push(step.finish)
      close([])
    } else close('together' in step ? step.together : [step])
  }
  const [last] = beats.slice(-1)
  if (words.length + thoughts.length > 0 || last === undefined || last.calls.length > 0)
    throw new Error(`the script "${script.name}" has no finish at its end`)
  const early = beats.slice(0, -1).find(beat => beat.calls.length === 0)
  if (early !== undefined)
    throw new Error(`the script "${script.name}" goes on after a finish, or has an empty step`)
  return beats
}
