/** Environment and file -> frozen Config. The only reader of process.env in the app. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir, hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from './core/errors.ts'
import { defaultLabelNames } from './core/labels.ts'
import { LOCALES } from './core/run.ts'
import type { Settings } from './core/settings.ts'
import { STAGE_NAMES } from './core/stage.ts'

/** Secrets that stand in tutorials and defaults; a server that trusts one trusts everybody. */
const WELL_KNOWN_SECRETS = [
  'development',
  'secret',
  'changeme',
  'password',
  'webhook',
  'test',
  'stagewright'
]

const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .default('false')
  .transform(value => value === 'true' || value === '1')
const port = z.coerce.number().int().min(0).max(65535)
const httpUrl = z.url({ protocol: /^https?$/ }).overwrite(url => url.replace(/\/$/, ''))

/** Every key of the environment, each described; `docs/reference/config.md` is made from it. */
export const Environment = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'PostgreSQL 15 or newer. Not set: the embedded server, with its data under STAGEWRIGHT_STATE_DIR.'
    ),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  PORT: port.default(3000).describe('Port to listen on; 0 takes a free one.'),
  STAGEWRIGHT_ROLE: z
    .enum(['web', 'worker', 'all'])
    .default('all')
    .describe(
      'What this process does: take webhooks and runner calls (web), do the work (worker), or both.'
    ),
  STAGEWRIGHT_STATE_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder for the embedded database, git copies and local runs. Default: /var/lib/stagewright for root, else ~/.local/state/stagewright.'
    ),
  STAGEWRIGHT_CONFIG_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('YAML file for what is long: labels, agents, limits.'),
  STAGEWRIGHT_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level that is logged.'),
  STAGEWRIGHT_APP_URL: httpUrl
    .optional()
    .describe('Where runners reach a web process. Default: http://127.0.0.1:PORT.'),
  STAGEWRIGHT_PUBLIC_URL: httpUrl.optional().describe('Where GitHub and people reach this server.'),
  STAGEWRIGHT_GITHUB_APP_ID: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("The GitHub App's id, from its settings page."),
  STAGEWRIGHT_GITHUB_PRIVATE_KEY: z
    .string()
    .min(1)
    .optional()
    .describe("The App's private key (PEM; \\n for line ends is understood)."),
  STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('A file with the private key, instead of the key itself.'),
  STAGEWRIGHT_WEBHOOK_SECRET: z
    .string()
    .optional()
    .describe(
      "The App's webhook secret; at least 16 characters, and none that stands in a tutorial."
    ),
  STAGEWRIGHT_WEBHOOK_SECRET_PREVIOUS: z
    .string()
    .optional()
    .describe('The secret before a rotation, accepted beside the new one.'),
  STAGEWRIGHT_GITHUB_API_URL: httpUrl
    .default('https://api.github.com')
    .describe('REST address; for GitHub Enterprise Server https://HOST/api/v3.'),
  STAGEWRIGHT_GITHUB_WEB_URL: httpUrl
    .default('https://github.com')
    .describe('Web and git address.'),
  STAGEWRIGHT_OWNERS: z
    .string()
    .default('')
    .transform(text =>
      text
        .split(',')
        .map(login => login.trim())
        .filter(login => login !== '')
    )
    .describe('GitHub logins, separated by commas, that are platform owners.'),
  STAGEWRIGHT_AGENT_COMMAND: z
    .string()
    .optional()
    .describe(
      'Program of the `command` agent as a JSON array, for example ["/opt/agent/run","--fast"].'
    ),
  STAGEWRIGHT_ALLOW_UNISOLATED: flag.describe(
    "Let runs start although they are not isolated from this machine's user (see docs/guide)."
  ),
  STAGEWRIGHT_RUN_UIDS: z
    .string()
    .regex(/^\d+-\d+$/, 'write FIRST-LAST, for example 64000-64099')
    .default('64000-64099')
    .describe(
      'User ids for local runs, one per live run, used when the server runs as root. Not 65534.'
    ),
  STAGEWRIGHT_OPENAI_API_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('Key for the OpenAI API; it stays in the app, agents reach the model through it.'),
  STAGEWRIGHT_OPENAI_BASE_URL: httpUrl
    .default('https://api.openai.com')
    .describe('Address of the OpenAI API, without /v1.'),
  STAGEWRIGHT_ANTHROPIC_API_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('Key for the Anthropic API; it stays in the app.'),
  STAGEWRIGHT_ANTHROPIC_BASE_URL: httpUrl
    .default('https://api.anthropic.com')
    .describe('Address of the Anthropic API, without /v1.'),
  STAGEWRIGHT_SANDBOX: flag.describe(
    'Set by the demo and the sandbox: the rules for secrets and isolation of a real server do not apply. Never set it on one.'
  )
})

const labelOverrides = z.partialRecord(z.enum(STAGE_NAMES), z.string().min(1).max(50)).default({})
const megabytes = (value: number, limit: number) =>
  z.number().int().min(1).max(limit).default(value)

/** What the optional YAML file may hold; an unknown key is a typo, so it fails. */
export const ConfigFile = z.strictObject({
  locale: z.enum(LOCALES).optional().describe('Language of the default project: en or ru.'),
  labels: z
    .strictObject({
      run: labelOverrides.describe('Trigger labels by stage; default run:<stage>.'),
      revise: labelOverrides.describe('Revise labels by stage; default run:<stage>:revise.'),
      inReview: z
        .string()
        .min(1)
        .max(50)
        .default('state:in-review')
        .describe('Label of an issue and pull request that wait for review.')
    })
    .prefault({}),
  agent: z
    .strictObject({
      name: z.enum(['command']).default('command').describe('Which agent runs.'),
      command: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe('Program and arguments of the `command` agent.')
    })
    .prefault({}),
  protectedPaths: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Paths that no run may change; default .github/**, CODEOWNERS, docs/CODEOWNERS, .stagewright/**, stagewright.yaml.'
    ),
  limits: z
    .strictObject({
      runs: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(8)
        .describe('Runs at once, over all projects and replicas.'),
      attempts: z
        .number()
        .int()
        .min(1)
        .max(20)
        .default(3)
        .describe('Attempts the platform starts by itself when a place of work is lost.'),
      changedFiles: z
        .number()
        .int()
        .min(1)
        .max(3000)
        .default(300)
        .describe('Files that one run may change.'),
      changedMegabytes: megabytes(20, 100).describe('Size of all files that one run may change.'),
      fileMegabytes: megabytes(5, 100).describe('Size of one changed file.'),
      logMegabytes: megabytes(10, 100).describe('Log of one attempt; what comes after is cut.'),
      bundleMegabytes: megabytes(50, 200).describe('Git bundle of one attempt.'),
      sessionMegabytes: megabytes(20, 100).describe('Saved session of one run.')
    })
    .prefault({})
})

export interface Config extends Settings {
  readonly role: 'web' | 'worker' | 'all'
  readonly host: string
  readonly port: number
  readonly databaseUrl: string | null
  readonly stateDir: string
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

type Environment = z.output<typeof Environment>
type ConfigFile = z.output<typeof ConfigFile>

/** One thing that is wrong with the configuration, and what to do. */
interface Problem {
  readonly where: string
  readonly what: string
}

/**
 * Reads and checks everything at once. Throws one CONFIG_INVALID that lists every problem with its
 * fix. A key that is set to the empty text counts as not set.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: Problem[] = []
  const filled = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const env = readEnvironment(filled, problems)
  const file = readFile(filled['STAGEWRIGHT_CONFIG_FILE'], problems)
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
  const command = unknown ? null : agentCommand(env, file ?? ConfigFile.parse({}), problems)
  const uids = runUids(env, problems)
  if (problems.length > 0 || file === null || uids === null) throw invalid(firstOfEach(problems))
  return freeze({ env, file, secrets, privateKey: privateKey ?? '', command: command ?? [], uids })
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

function invalid(problems: readonly Problem[]): AppError {
  const lines = problems.map(problem => `  ${problem.where}: ${problem.what}`)
  return new AppError(
    'CONFIG_INVALID',
    `reading the configuration: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}\n${lines.join('\n')}\nEvery key is described in docs/reference/config.md; \`npm run demo\` needs none.`
  )
}

function readFile(path: string | undefined, problems: Problem[]): ConfigFile | null {
  if (path === undefined) return ConfigFile.parse({})
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    problems.push({
      where: 'STAGEWRIGHT_CONFIG_FILE',
      what: `reading ${path}: ${cause instanceof Error ? cause.message : cause}`
    })
    return null
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 20 } as Parameters<
    typeof parseDocument
  >[1])
  for (const error of document.errors) {
    const at = lines.linePos(error.pos[0])
    problems.push({
      where: `${path}:${at.line}:${at.col}`,
      what: error.message.split('\n')[0] ?? error.code
    })
  }
  if (document.errors.length > 0) return null
  const read = ConfigFile.safeParse(document.toJS() ?? {})
  if (read.success) return read.data
  for (const issue of read.error.issues) {
    const unknown =
      issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
    const node = document.getIn(unknown, true) as
      | { range?: readonly [number, number, number] }
      | undefined
    const at = lines.linePos(node?.range?.[0] ?? 0)
    problems.push({
      where: `${path}:${at.line}:${at.col} ${unknown.join('.')}`,
      what: issue.message
    })
  }
  return null
}

function webhookSecrets(env: Environment, problems: Problem[]): string[] {
  const named = (['STAGEWRIGHT_WEBHOOK_SECRET', 'STAGEWRIGHT_WEBHOOK_SECRET_PREVIOUS'] as const)
    .map(where => ({ where, text: env[where] ?? '' }))
    .filter(({ text }) => text !== '')
  const fix = "make one with `openssl rand -hex 32`, and put it into the App's settings too"
  if (env.STAGEWRIGHT_WEBHOOK_SECRET === undefined) {
    problems.push({ where: 'STAGEWRIGHT_WEBHOOK_SECRET', what: `is not set; ${fix}` })
  }
  for (const { where, text } of env.STAGEWRIGHT_SANDBOX ? [] : named) {
    if (WELL_KNOWN_SECRETS.includes(text.toLowerCase())) {
      problems.push({ where, what: `is a well-known word; ${fix}` })
    } else if (text.length < 16) {
      problems.push({ where, what: `is shorter than 16 characters; ${fix}` })
    }
  }
  return named.map(({ text }) => text)
}

function readPrivateKey(env: Environment, problems: Problem[]): string | null {
  const where =
    env.STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH === undefined
      ? 'STAGEWRIGHT_GITHUB_PRIVATE_KEY'
      : 'STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH'
  let key = env.STAGEWRIGHT_GITHUB_PRIVATE_KEY?.replaceAll('\\n', '\n')
  if (env.STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH !== undefined) {
    try {
      key = readFileSync(env.STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH, 'utf8')
    } catch (cause) {
      problems.push({
        where,
        what: `reading the key: ${cause instanceof Error ? cause.message : cause}`
      })
      return null
    }
  }
  if (key === undefined) {
    problems.push({
      where,
      what: "is not set; generate a key on the App's settings page, and give it or its file here"
    })
    return null
  }
  if (!/-----BEGIN (RSA )?PRIVATE KEY-----/.test(key)) {
    problems.push({
      where,
      what: 'is no PEM private key; it starts with -----BEGIN RSA PRIVATE KEY-----'
    })
    return null
  }
  return key
}

function agentCommand(
  env: Environment,
  file: ConfigFile,
  problems: Problem[]
): readonly string[] | null {
  if (env.STAGEWRIGHT_AGENT_COMMAND === undefined) {
    if (file.agent.command !== undefined) return file.agent.command
    problems.push({
      where: 'STAGEWRIGHT_AGENT_COMMAND',
      what: 'is not set; name the program that does the work as a JSON array, or set agent.command in the config file'
    })
    return null
  }
  try {
    return z.array(z.string().min(1)).min(1).parse(JSON.parse(env.STAGEWRIGHT_AGENT_COMMAND))
  } catch {
    // Not JSON, or JSON of another shape: the one sentence below covers both.
    problems.push({
      where: 'STAGEWRIGHT_AGENT_COMMAND',
      what: 'is no JSON array of words; write for example ["node","/opt/agent.mjs"]'
    })
    return null
  }
}

function runUids(env: Environment, problems: Problem[]): Config['runUids'] | null {
  const [first = 0, last = 0] = env.STAGEWRIGHT_RUN_UIDS.split('-').map(Number)
  if (first > 999 && last >= first && (first > 65534 || last < 65534))
    return { first, count: last - first + 1 }
  problems.push({
    where: 'STAGEWRIGHT_RUN_UIDS',
    what: 'must be a range above 999 that leaves out 65534, for example 64000-64099'
  })
  return null
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

interface Parts {
  readonly env: Environment
  readonly file: ConfigFile
  readonly secrets: readonly string[]
  readonly privateKey: string
  readonly command: readonly string[]
  readonly uids: Config['runUids']
}

function freeze({ env, file, secrets, privateKey, command, uids }: Parts): Config {
  const mega = 1024 * 1024
  const names = defaultLabelNames()
  const models: Record<string, { baseUrl: string; apiKey: string }> = {}
  if (env.STAGEWRIGHT_OPENAI_API_KEY !== undefined) {
    models['openai'] = {
      baseUrl: env.STAGEWRIGHT_OPENAI_BASE_URL,
      apiKey: env.STAGEWRIGHT_OPENAI_API_KEY
    }
  }
  if (env.STAGEWRIGHT_ANTHROPIC_API_KEY !== undefined) {
    models['anthropic'] = {
      baseUrl: env.STAGEWRIGHT_ANTHROPIC_BASE_URL,
      apiKey: env.STAGEWRIGHT_ANTHROPIC_API_KEY
    }
  }
  return Object.freeze({
    role: env.STAGEWRIGHT_ROLE,
    host: env.HOST,
    port: env.PORT,
    databaseUrl: env.DATABASE_URL ?? null,
    stateDir: stateDir(env.STAGEWRIGHT_STATE_DIR),
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
      inReview: file.labels.inReview
    },
    agent: { name: file.agent.name, command, model: null, reasoning: null },
    executor: 'local',
    protectedPaths: file.protectedPaths ?? [
      '.github/**',
      'CODEOWNERS',
      'docs/CODEOWNERS',
      '.stagewright/**',
      'stagewright.yaml'
    ],
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
