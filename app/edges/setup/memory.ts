/** What the set-up page remembers while it runs; nothing of it is kept when it ends. */
import { GITHUB_COM, type GitHubPlace } from '#app/core/set-up.ts'
import type { Fields } from './forms.ts'
import type { Making } from './making.ts'
import type { Draft, SetUpParts, Step } from './parts.ts'

export interface Memory {
  draft: Draft
  /** What was written last into each form, without secrets. */
  readonly written: Partial<Record<Step, Fields>>
  readonly sessions: Set<string>
  /** Answers of GitHub that we wait for, by state, with the session that asked. */
  readonly states: Map<string, string>
  /** The one-time token of the link in the terminal. */
  link: string
  toldAt: number
}

export interface Room {
  readonly parts: SetUpParts
  readonly memory: Memory
  readonly making: Making
}

export function createMemory(parts: SetUpParts): Memory {
  const letters = parts.token().replaceAll(/[^a-z0-9]/g, '')
  return {
    draft: {
      github: null,
      server: null,
      organization: null,
      name: '',
      agent: null,
      allowUnisolated: false
    },
    // Names are unique on the whole of GitHub, so a plain one is taken.
    written: { account: { name: `stagewright-${letters.slice(0, 5)}` } },
    sessions: new Set(),
    states: new Map(),
    link: parts.token(),
    toldAt: 0
  }
}

export function githubOf({ parts, memory }: Pick<Room, 'parts' | 'memory'>): GitHubPlace {
  return parts.given.github ?? memory.draft.github ?? GITHUB_COM
}

const MOST_STATES = 50

/** A new state for one question to GitHub; the oldest of many is forgotten. */
export function newState({ parts, memory }: Room, session: string): string {
  const state = parts.token()
  memory.states.set(state, session)
  const [oldest] = memory.states.keys()
  if (memory.states.size > MOST_STATES && oldest !== undefined) memory.states.delete(oldest)
  return state
}

/** The first step that still has something to ask. */
export function reached({ memory, making }: Room): Step {
  const { draft } = memory
  if (making.progress().kind !== 'asking') return 'finish'
  if (draft.server === null) return 'address'
  if (draft.name === '') return 'account'
  return draft.agent === null ? 'agent' : 'create'
}
