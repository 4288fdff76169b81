/** What a client asked of the model, read from either protocol into one shape. */

/** One thing in the conversation, oldest first. What CLIs add around a prompt is left out. */
export type Said =
  | { readonly by: 'person'; readonly text: string }
  | { readonly by: 'model'; readonly text: string }
  | { readonly by: 'model'; readonly call: string; readonly tool: string; readonly input: string }
  | { readonly by: 'tool'; readonly call: string; readonly text: string }

export interface OfferedTool {
  readonly name: string
  /** Codex groups the tools of an MCP server under one. */
  readonly namespace: string | null
  /** `text` takes free text instead of JSON (OpenAI's `custom`). */
  readonly takes: 'json' | 'text'
  readonly description: string
  /** Keys of its input; empty for `text`. */
  readonly keys: readonly string[]
}

export interface Asked {
  readonly protocol: 'responses' | 'messages'
  readonly model: string
  readonly stream: boolean
  /** Which conversation it is, by the client's own word; null when it says none. */
  readonly session: string | null
  readonly said: readonly Said[]
  readonly tools: readonly OfferedTool[]
  /** Where the agent says it works, for tools that want absolute paths; null when it does not say. */
  readonly folder: string | null
}

/** What people wrote, oldest first; more than one: the conversation was taken up again. */
export function promptsOf(asked: Asked): readonly string[] {
  return asked.said.flatMap(one => (one.by === 'person' ? [one.text] : []))
}

/** What came after the last prompt. */
export function thisTurn(asked: Asked): readonly Said[] {
  const last = asked.said.findLastIndex(one => one.by === 'person')
  return asked.said.slice(last + 1)
}

/** Whether `later` is the conversation of `earlier`, gone on: all that was said stands in front. */
export function continues(later: Asked, earlier: Asked): boolean {
  const front = JSON.stringify(later.said.slice(0, earlier.said.length))
  return later.said.length > earlier.said.length && front === JSON.stringify(earlier.said)
}

/**
 * Whether a user's text is one that the CLI puts there itself: the surroundings, the rules of a
 * folder, reminders, the mark of an interruption. A prompt of ours starts with none of these.
 */
export function isContext(text: string): boolean {
  return /^\s*(<[a-z][a-z_-]*>|# AGENTS\.md instructions|\[Request interrupted)/.test(text)
}

/**
 * Both CLIs tell the model where they work, each in its own words; a conversation that was taken up
 * in another folder says it again, and the last word counts.
 */
export function folderIn(texts: readonly string[]): string | null {
  let folder: string | null = null
  for (const text of texts) {
    for (const found of text.matchAll(
      /<cwd>([^<\n]+)<\/cwd>|Primary working directory: (.+?)(?: \(was .*)?$/gm
    ))
      folder = (found[1] ?? found[2] ?? '').trim()
  }
  return folder
}
