/** Environment and file -> frozen Config. The only reader of process.env in the app. */
import { createHash } from 'node:crypto'
import { homedir, hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { agentRules } from './config/agents.ts'
import { readPrivateKey, runUids, webhookSecrets } from './config/checks.ts'
import { Environment } from './config/environment.ts'
import { ConfigFile, readConfigFile } from './config/file.ts'
import { invalid, type Problem } from './config/problem.ts'
import { defaultLabelNames } from './core/labels.ts'
import { nearest } from './core/nearest.ts'
import { DEFAULT_PROTECTED_PATHS } from './core/policy/write-scope.ts'
import type { LOCALES } from './core/run.ts'
import type { Settings } from './core/settings.ts'

export interface Config extends Settings {
  readonly role: 'web' | 'worker' | 'all'
  readonly host: string
  readonly port: number
  /** A channel of a smee server that deliveries are fetched from; null: GitHub reaches us. */
  readonly webhookProxyUrl: string | null
  readonly databaseUrl: string | null
  readonly stateDir: string
  /** PATH of launcher, git and agents. */
  readonly path: string
  readonly logLevel: string
  readonly sandbox: boolean
  readonly allowUnisolated: boolean
  readonly runUids: { readonly first: number; readonly count: number }
  readonly owners: readonly string[]
  readonly locale: (typeof LOCALES)[number] | null
  readonly github: {
    readonly appId: number
    readonly privateKey: string
    /** One or two: the second is the one before a rotation. */
    readonly webhookSecrets: readonly string[]
    readonly apiUrl: string
    readonly webUrl: string
  }
  readonly models: Readonly<Record<string, { readonly baseUrl: string; readonly apiKey: string }>>
}

/**
 * Reads and checks everything at once. Throws one CONFIG_INVALID that lists every problem with its
 * fix. A key that is set to the empty text counts as not set.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: Problem[] = []
  const filled = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const env = readEnvironment(filled, problems)
  problems.push(...unknownKeys(filled))
  const file = readConfigFile(filled.STAGEWRIGHT_CONFIG_FILE, problems)
  const secrets = webhookSecrets(env, problems)
  const privateKey = readPrivateKey(env, problems)
  if (env.STAGEWRIGHT_GITHUB_APP_ID === undefined) {
    problems.push({
      where: 'STAGEWRIGHT_GITHUB_APP_ID',
      what: "is not set; take the id from the App's settings page"
    })
  }
  // A file that cannot be read may name the command.
  const unknown = file === null && env.STAGEWRIGHT_AGENT_COMMAND === undefined
  const agents = unknown ? null : agentRules(env, file ?? ConfigFile.parse({}), problems)
  const uids = runUids(env, problems)
  if (problems.length > 0 || file === null || uids === null || agents === null)
    throw invalid(firstOfEach(problems))
  return freeze({ env, file, secrets, privateKey: privateKey ?? '', agents, uids })
}

/** What is wrong is put on record and read as not set, so that the other checks still say their part. */
function readEnvironment(
  filled: Readonly<Record<string, string | undefined>>,
  problems: Problem[]
): Environment {
  const read = Environment.safeParse(filled)
  if (read.success) return read.data
  const wrong = read.error.issues.map(issue => ({
    where: issue.path.join('.'),
    what: issue.message
  }))
  problems.push(...wrong)
  const names = new Set(wrong.map(problem => problem.where))
  return Environment.parse(
    Object.fromEntries(Object.entries(filled).filter(([name]) => !names.has(name)))
  )
}

/** A key that was read as not set because it is wrong is not also missing. */
function firstOfEach(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(
    (problem, index) => problems.findIndex(one => one.where === problem.where) === index
  )
}

/** A key that is almost one of ours is a slip of the pen; an agent's place has keys of its own. */
function unknownKeys(environment: Readonly<Record<string, string | undefined>>): Problem[] {
  const known = Object.keys(Environment.shape)
  return Object.keys(environment).flatMap(where => {
    if (!where.startsWith('STAGEWRIGHT_') || known.includes(where)) return []
    const closest = nearest(where, known)
    return closest === null ? [] : [{ where, what: `is no setting; did you mean ${closest}?` }]
  })
}

/** Only where the database is and how to talk: for commands that need no GitHub (`migrate`, `runs`). */
export function readDatabaseConfig(
  environment: Readonly<Record<string, string | undefined>>
): Pick<Config, 'databaseUrl' | 'stateDir'> {
  const filled = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const read = Environment.pick({ DATABASE_URL: true, STAGEWRIGHT_STATE_DIR: true }).safeParse(
    filled
  )
  if (!read.success) {
    throw invalid(
      read.error.issues.map(issue => ({ where: issue.path.join('.'), what: issue.message }))
    )
  }
  return {
    databaseUrl: read.data.DATABASE_URL ?? null,
    stateDir: stateDir(read.data.STAGEWRIGHT_STATE_DIR)
  }
}

function stateDir(configured: string | undefined): string {
  if (configured !== undefined) return configured
  if (process.getuid?.() === 0) return '/var/lib/stagewright'
  return join(homeFolder(), '.local/state/stagewright')
}

function homeFolder(): string {
  try {
    return homedir()
  } catch {
    // A uid without a name and without HOME, as in some containers.
    return tmpdir()
  }
}

/** A runner host serves one state folder of one machine, so both name the place (decisions 26). */
function machineOf(folder: string): string {
  return `${hostname()}:${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12)}`
}

/** What no log and no line for people may hold; private keys are known by their shape. */
export function secretsOf(
  config: Pick<Config, 'github' | 'models' | 'databaseUrl'>
): readonly string[] {
  const models = Object.values(config.models).map(model => model.apiKey)
  const database =
    config.databaseUrl === null ? '' : decodeURIComponent(new URL(config.databaseUrl).password)
  return [...config.github.webhookSecrets, ...models, database]
}

interface Parts {
  readonly env: Environment
  readonly file: ConfigFile
  readonly secrets: readonly string[]
  readonly privateKey: string
  readonly agents: Settings['agents']
  readonly uids: Config['runUids']
}

function freeze({ env, file, secrets, privateKey, agents, uids }: Parts): Config {
  const mega = 1024 * 1024
  const names = defaultLabelNames()
  const models: Record<string, { baseUrl: string; apiKey: string }> = {}
  if (env.STAGEWRIGHT_OPENAI_API_KEY !== undefined) {
    models.openai = {
      baseUrl: env.STAGEWRIGHT_OPENAI_BASE_URL,
      apiKey: env.STAGEWRIGHT_OPENAI_API_KEY
    }
  }
  if (env.STAGEWRIGHT_ANTHROPIC_API_KEY !== undefined) {
    models.anthropic = {
      baseUrl: env.STAGEWRIGHT_ANTHROPIC_BASE_URL,
      apiKey: env.STAGEWRIGHT_ANTHROPIC_API_KEY
    }
  }
  return Object.freeze({
    role: env.STAGEWRIGHT_ROLE,
    host: env.HOST,
    port: env.PORT,
    webhookProxyUrl: env.WEBHOOK_PROXY_URL ?? null,
    databaseUrl: env.DATABASE_URL ?? null,
    stateDir: stateDir(env.STAGEWRIGHT_STATE_DIR),
    path: [env.STAGEWRIGHT_AGENT_PATH, env.PATH].filter(part => part !== undefined).join(':'),
    logLevel: env.STAGEWRIGHT_LOG_LEVEL,
    sandbox: env.STAGEWRIGHT_SANDBOX,
    allowUnisolated: env.STAGEWRIGHT_ALLOW_UNISOLATED,
    runUids: uids,
    owners: env.STAGEWRIGHT_OWNERS,
    locale: file.locale ?? null,
    github: {
      appId: env.STAGEWRIGHT_GITHUB_APP_ID ?? 0,
      privateKey,
      webhookSecrets: secrets,
      apiUrl: env.STAGEWRIGHT_GITHUB_API_URL,
      webUrl: env.STAGEWRIGHT_GITHUB_WEB_URL
    },
    models,
    labels: {
      run: { ...names.run, ...file.labels.run },
      revise: { ...names.revise, ...file.labels.revise },
      inReview: file.labels.inReview,
      model: file.labels.model,
      reasoning: { ...names.reasoning, ...file.labels.reasoning }
    },
    agents,
    retention: file.retention,
    executor: 'local',
    protectedPaths: file.protectedPaths ?? DEFAULT_PROTECTED_PATHS,
    gate: {
      changedFiles: file.limits.changedFiles,
      changedBytes: file.limits.changedMegabytes * mega,
      fileBytes: file.limits.fileMegabytes * mega
    },
    attempt: {
      logBytes: file.limits.logMegabytes * mega,
      bundleBytes: file.limits.bundleMegabytes * mega,
      sessionBytes: file.limits.sessionMegabytes * mega
    },
    maxRuns: file.limits.runs,
    maxAttempts: file.limits.attempts,
    machine: machineOf(stateDir(env.STAGEWRIGHT_STATE_DIR)),
    appUrl: env.STAGEWRIGHT_APP_URL ?? `http://127.0.0.1:${env.PORT}`,
    publicUrl: env.STAGEWRIGHT_PUBLIC_URL ?? null
  })
}
