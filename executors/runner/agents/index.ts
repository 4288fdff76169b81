import type { Agent } from './agent.ts'
import { claude } from './claude.ts'
import { codex } from './codex.ts'
import { command } from './command.ts'

/** Every kind of agent a run may name; a new one is a file beside this and a line here. */
export const AGENTS = { command, codex, claude } as const satisfies Record<string, Agent>

/** The agent of this name, or null when there is none. */
export function findAgent(name: string): Agent | null {
  return Object.hasOwn(AGENTS, name) ? AGENTS[name as keyof typeof AGENTS] : null
}
