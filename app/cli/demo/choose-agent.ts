/** Which agent does the work in the demo: a real CLI where one is found, else a small program of our own. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { AppError } from '#app/core/errors.ts'
import { requireAgent, runUser } from '#executors/local/require-agent.ts'
import { findAgent } from '#executors/runner/agents/index.ts'

export const DEMO_AGENTS = ['codex', 'claude', 'command'] as const
export type DemoAgentName = (typeof DEMO_AGENTS)[number]

export interface DemoAgentWish {
  /** Undefined: the first that is found. */
  readonly agent?: DemoAgentName
  /** The real model instead of the scripted one. */
  readonly live?: true
}

export interface DemoAgentChoice {
  readonly name: DemoAgentName
  /** For people: what was found, or why it is not a real one. */
  readonly why: string
  /** The key of the real model; null plays the script. */
  readonly key: string | null
}

/** Ours go before the names that the vendors' own tools use. */
const KEYS = {
  codex: ['STAGEWRIGHT_OPENAI_API_KEY', 'OPENAI_API_KEY'],
  claude: ['STAGEWRIGHT_ANTHROPIC_API_KEY', 'ANTHROPIC_API_KEY']
} as const

type Env = Readonly<Record<string, string | undefined>>

/** INVALID_ARGUMENT (exit 2) for an agent that is not there, or `live` without its key. */
export async function chooseDemoAgent(env: Env, wish: DemoAgentWish): Promise<DemoAgentChoice> {
  if (wish.agent === 'command') {
    if (wish.live === true) throw wrong('--live needs a real agent: add --agent codex or claude')
    return { name: 'command', why: 'a small program of ours, as asked', key: null }
  }
  if (wish.agent !== undefined) {
    if (!isOnPath(env, wish.agent)) throw wrong(notThere(wish.agent))
    const why = await versionOf(env, wish.agent).catch((error: unknown) => {
      throw wrong(error instanceof AppError ? error.message : String(error))
    })
    return { name: wish.agent, why, key: keyOf(env, wish.agent, wish) }
  }
  const unfit: string[] = []
  for (const name of ['codex', 'claude'] as const) {
    if (wish.live === true && !KEYS[name].some(one => (env[one] ?? '') !== '')) continue
    try {
      return { name, why: await versionOf(env, name), key: keyOf(env, name, wish) }
    } catch (error) {
      // Not there or too old: the next one may be.
      if (!(error instanceof AppError) || error.code !== 'AGENT_MISSING') throw error
      if (isOnPath(env, name)) unfit.push(error.message)
    }
  }
  if (wish.live === true) throw wrong(liveNeeds(unfit))
  const why =
    unfit.length === 0 ? 'neither codex nor claude was found on PATH' : unfit.join('; and ')
  return { name: 'command', why: `a small program of ours; ${why}`, key: null }
}

function notThere(name: 'codex' | 'claude'): string {
  const { install = '' } = findAgent(name)?.program ?? {}
  return `the agent ${name} is not on PATH; install it (${install}), or set STAGEWRIGHT_AGENT_PATH to its folder, or take --agent command`
}

function liveNeeds(unfit: readonly string[]): string {
  const needs = '--live needs Codex with OPENAI_API_KEY, or Claude Code with ANTHROPIC_API_KEY'
  return [needs, ...unfit].join('; ')
}

function isOnPath(env: Env, name: string): boolean {
  return agentPath(env)
    .split(delimiter)
    .some(folder => folder !== '' && existsSync(join(folder, name)))
}

async function versionOf(env: Env, name: 'codex' | 'claude'): Promise<string> {
  const [first = 64_000, last = 64_099] =
    (env.STAGEWRIGHT_RUN_UIDS ?? '').match(/\d+/g)?.map(Number) ?? []
  const user = runUser({ first, count: last - first + 1 })
  const version = await requireAgent({ name, command: [name], path: agentPath(env), user })
  return `version ${version}, found on ${isOnPath({ PATH: env.STAGEWRIGHT_AGENT_PATH }, name) ? 'STAGEWRIGHT_AGENT_PATH' : 'PATH'}`
}

export function agentPath(env: Env): string {
  return [env.STAGEWRIGHT_AGENT_PATH, env.PATH].filter(part => (part ?? '') !== '').join(delimiter)
}

function keyOf(env: Env, name: 'codex' | 'claude', { live }: DemoAgentWish): string | null {
  if (live !== true) return null
  const key = KEYS[name].map(one => env[one] ?? '').find(value => value !== '')
  if (key === undefined)
    throw wrong(`--live with ${name} needs a key: set ${KEYS[name].join(' or ')}`)
  return key
}

function wrong(message: string): AppError {
  return new AppError('INVALID_ARGUMENT', message)
}
