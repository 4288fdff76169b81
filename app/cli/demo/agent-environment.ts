/** What the app of the demo is told about its agent, and what a person is. */
import { randomBytes } from 'node:crypto'
import type { DemoAgentChoice } from './choose-agent.ts'

/** Null: the agent uses none. */
export type DemoModelKind = 'scripted' | 'live' | null

export function modelOf({ name, key }: DemoAgentChoice): DemoModelKind {
  if (name === 'command') return null
  return key === null ? 'scripted' : 'live'
}

/** One line: which agent, why this one, and whose model thinks for it. */
export function agentWords(choice: DemoAgentChoice): string {
  const { name, why } = choice
  const kind = modelOf(choice)
  if (kind === null) return `${name}: ${why}`
  const model =
    kind === 'scripted'
      ? 'its model is a scripted one on this machine, no key needed'
      : 'its model is the real one, with your key'
  return `${name}: ${why}; ${model}`
}

/** The scripted model stands where the provider would; its key is made up, and agents never see one. */
export function agentEnvironment(
  { name, key }: DemoAgentChoice,
  parts: {
    readonly env: Readonly<Record<string, string | undefined>>
    /** The agent `command`. */
    readonly program: string
    readonly modelUrl: string | null
  }
): Record<string, string> {
  if (name === 'command')
    return { STAGEWRIGHT_AGENT_COMMAND: JSON.stringify([process.execPath, parts.program]) }
  const prefix = name === 'codex' ? 'STAGEWRIGHT_OPENAI' : 'STAGEWRIGHT_ANTHROPIC'
  const folders = parts.env.STAGEWRIGHT_AGENT_PATH ?? ''
  return {
    STAGEWRIGHT_AGENT: name,
    [`${prefix}_API_KEY`]: key ?? randomBytes(16).toString('hex'),
    ...(parts.modelUrl === null ? {} : { [`${prefix}_BASE_URL`]: parts.modelUrl }),
    ...(folders === '' ? {} : { STAGEWRIGHT_AGENT_PATH: folders })
  }
}
