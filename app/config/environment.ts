/** Every key of the environment. */
import { z } from 'zod'
import { AGENT_NAMES } from './agents.ts'

const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .default('false')
  .transform(value => value === 'true' || value === '1')
const port = z.coerce
  .number({ error: 'must be a number from 0 to 65535' })
  .int({ error: 'must be a whole number' })
  .min(0, { error: 'must be a number from 0 to 65535' })
  .max(65535, { error: 'must be a number from 0 to 65535' })
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must look like https://HOST' })
  .overwrite(url => url.replace(/\/$/, ''))

/** Every key of the environment, each described; `docs/reference/config.md` is made from it. */
export const Environment = z.object({
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'must look like postgres://USER:PASSWORD@HOST:5432/DATABASE'
    })
    .optional()
    .describe(
      'PostgreSQL 15 or newer. Not set: the embedded server, with its data under STAGEWRIGHT_STATE_DIR.'
    ),
  PATH: z
    .string()
    .min(1)
    .default('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
    .describe("Where agents' programs are looked for; agents get the same PATH."),
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
  WEBHOOK_PROXY_URL: httpUrl
    .optional()
    .describe(
      'For laptops: a channel of a smee server (https://smee.io/new) that deliveries are fetched from, because GitHub cannot reach this machine.'
    ),
  STAGEWRIGHT_GITHUB_APP_ID: z.coerce
    .number({ error: "must be the number on the App's settings page, for example 123456" })
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
  STAGEWRIGHT_AGENT: z
    .enum(AGENT_NAMES)
    .optional()
    .describe('Which agent does the work; goes before agent.name of the file. Default: command.'),
  STAGEWRIGHT_AGENT_PATH: z
    .string()
    .refine(folders => folders.split(':').every(folder => folder.startsWith('/')), {
      error: 'must be an absolute folder, or several separated by colons'
    })
    .optional()
    .describe("Folders where agents' programs are looked for before PATH; agents get them too."),
  STAGEWRIGHT_AGENT_COMMAND: z
    .string()
    .optional()
    .describe(
      'Program of the `command` agent as a JSON array, for example ["/opt/agent/run","--fast"].'
    ),
  STAGEWRIGHT_ALLOW_UNISOLATED: flag.describe(
    "Let runs start although they are not isolated from this machine's user."
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
export type Environment = z.output<typeof Environment>
