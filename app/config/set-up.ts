/** Is anything set? If not, what the set-up page must know of the environment. */
import { isIP } from 'node:net'
import { nearest } from '#app/core/nearest.ts'
import type { GitHubPlace } from '#app/core/set-up.ts'
import { runUids } from './checks.ts'
import { Environment } from './environment.ts'
import { invalid } from './problem.ts'

/**
 * Keys that only say where things are, how to talk, or what secret of another house is at hand: the
 * set-up page takes them as given. Any other key of ours is the beginning of a configuration.
 */
const PLACES = [
  'PATH',
  'HOST',
  'PORT',
  'DATABASE_URL',
  'STAGEWRIGHT_STATE_DIR',
  'STAGEWRIGHT_LOG_LEVEL',
  'STAGEWRIGHT_GITHUB_API_URL',
  'STAGEWRIGHT_GITHUB_WEB_URL',
  'STAGEWRIGHT_AGENT_PATH',
  'STAGEWRIGHT_RUN_UIDS',
  'STAGEWRIGHT_ALLOW_UNISOLATED',
  'STAGEWRIGHT_OPENAI_API_KEY',
  'STAGEWRIGHT_OPENAI_BASE_URL',
  'STAGEWRIGHT_ANTHROPIC_API_KEY',
  'STAGEWRIGHT_ANTHROPIC_BASE_URL'
] as const satisfies ReadonlyArray<keyof Environment>

export interface SetUpConfig {
  readonly host: string
  readonly port: number
  readonly path: string
  /** The folders of `path` that the environment names for agents; '' for none. */
  readonly agentPath: string
  readonly runUids: { readonly first: number; readonly count: number }
  readonly logLevel: string
  /** Null: the page asks. */
  readonly github: GitHubPlace | null
  /** Which keys of models are in the environment. */
  readonly modelKeys: { readonly codex: boolean; readonly claude: boolean }
  readonly ownDatabase: boolean
  readonly allowUnisolated: boolean
}

/**
 * Null when something is set, rightly or wrongly: then `readConfig` says what. Throws CONFIG_INVALID
 * for an address that others reach: the page writes secrets, so it listens on loopback only.
 */
export function readSetUpConfig(
  environment: Readonly<Record<string, string | undefined>>
): SetUpConfig | null {
  const filled = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  if (isBegun(filled)) return null
  const read = Environment.safeParse(filled)
  if (!read.success) return null
  const env = read.data
  const uids = runUids(env, [])
  if (uids === null) return null
  if (!isLoopback(env.HOST)) {
    throw invalid([
      {
        where: 'HOST',
        what: `is ${env.HOST}, but no GitHub App is configured, and the set-up page listens on this machine only; leave HOST away for the set-up (from another machine: ssh -L 3000:127.0.0.1:3000 ...), or set the App's keys`
      }
    ])
  }
  const named = ['STAGEWRIGHT_GITHUB_WEB_URL', 'STAGEWRIGHT_GITHUB_API_URL']
  return {
    host: env.HOST,
    port: env.PORT,
    path: [env.STAGEWRIGHT_AGENT_PATH, env.PATH].filter(part => part !== undefined).join(':'),
    agentPath: env.STAGEWRIGHT_AGENT_PATH ?? '',
    runUids: uids,
    logLevel: env.STAGEWRIGHT_LOG_LEVEL,
    github: named.some(name => name in filled)
      ? { webUrl: env.STAGEWRIGHT_GITHUB_WEB_URL, apiUrl: env.STAGEWRIGHT_GITHUB_API_URL }
      : null,
    modelKeys: {
      codex: env.STAGEWRIGHT_OPENAI_API_KEY !== undefined,
      claude: env.STAGEWRIGHT_ANTHROPIC_API_KEY !== undefined
    },
    ownDatabase: env.DATABASE_URL !== undefined,
    allowUnisolated: env.STAGEWRIGHT_ALLOW_UNISOLATED
  }
}

/** One of ours that is no mere place, or a slip of the pen, which `readConfig` has a word for. */
function isBegun(filled: Readonly<Record<string, string | undefined>>): boolean {
  const known = Object.keys(Environment.shape)
  const places: readonly string[] = PLACES
  return Object.keys(filled).some(key => {
    if (places.includes(key)) return false
    if (known.includes(key)) return true
    return key.startsWith('STAGEWRIGHT_') && nearest(key, known) !== null
  })
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}
