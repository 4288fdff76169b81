import { type Command, InvalidArgumentError } from 'commander'
import { type Io, type JsonOption, painter, print, printJson, say, table } from '#app/cli/io.ts'
import { wholeNumber } from '#app/cli/options.ts'
import { type OpenedSandbox, openSandbox } from '#app/cli/sandbox/world.ts'
import { aborted, stopSignal } from '#app/cli/stop-signal.ts'
import { AppError } from '#app/core/errors.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'

const FULL_NAME = /^[^/\s]+\/[^/\s]+$/
const FIRST_REPOSITORY = 'octo/pages'
/** Where Probot and Stagewright listen unless they are told otherwise. */
const USUAL_WEBHOOK = `http://127.0.0.1:3000${WEBHOOK_PATH}`

interface SandboxCommandOptions extends JsonOption {
  readonly port: number
  readonly webhook: string
  readonly repository?: readonly string[]
  readonly app: boolean
}

export function addSandbox(program: Command, io: Io): void {
  program
    .command('sandbox')
    .summary('GitHub on this machine, for any GitHub App')
    .description(
      'Starts the GitHub stand-in alone until SIGINT or SIGTERM: REST and GraphQL, git over HTTP, signed webhooks, pages to act as several people. It has a small repository, and an App whose settings it writes to files. Listens on loopback; nothing is kept when it ends.'
    )
    .option('--port <port>', 'listen there; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option('--webhook <url>', 'where the App takes its webhooks', webUrl, USUAL_WEBHOOK)
    .option(
      '--repository <owner/name>',
      `a repository to start with, may be repeated; default: ${FIRST_REPOSITORY}`,
      repositoryName
    )
    .option('--no-app', 'start without an App; register yours on /settings/apps/new')
    .option('--json', 'print one JSON object with addresses, people and their tokens')
    .addHelpText(
      'after',
      `
The webhook secret is a fresh one, or that of STAGEWRIGHT_WEBHOOK_SECRET. What it has, and where it differs
from GitHub, stands in docs/reference/sandbox.md. The tokens are its own and worth nothing elsewhere.

Examples:
  $ stagewright sandbox
  $ stagewright sandbox --port 4000 --webhook http://127.0.0.1:8080/hooks --repository acme/shop
  $ stagewright sandbox --json | jq -r '.people[] | "\\(.login) \\(.token)"'`
    )
    .action((options: SandboxCommandOptions) => sandbox(io, options))
}

async function sandbox(io: Io, options: SandboxCommandOptions): Promise<void> {
  const stop = stopSignal(() => process.exit(1))
  try {
    const opened = await openSandbox({
      ...options,
      secret: secretOf(io.env),
      repositories: options.repository ?? [FIRST_REPOSITORY]
    })
    if (options.json === true) printJson(io, jsonOf(opened, options))
    else tell(io, opened, options)
    await aborted(stop.signal)
    await opened.close()
  } finally {
    stop.release()
  }
}

function jsonOf({ sandbox, people, repositories, app }: OpenedSandbox, wish: { webhook: string }) {
  return {
    url: sandbox.url,
    apiUrl: sandbox.apiUrl,
    graphqlUrl: `${sandbox.url}/api/graphql`,
    pid: process.pid,
    repositories: repositories.map(name => ({
      fullName: name,
      url: `${sandbox.url}/${name}`,
      cloneUrl: `${sandbox.url}/${name}.git`
    })),
    people,
    app: app === null ? null : { ...app, webhook: wish.webhook }
  }
}

function tell(io: Io, opened: OpenedSandbox, { webhook }: { readonly webhook: string }): void {
  const { sandbox, people, repositories, app } = opened
  const paint = painter(io, 'stdout')
  const heading = (text: string): void => print(io, `\n${paint('bold', text)}`)
  print(io, `${paint('bold', 'GitHub on this machine')}  ${paint('cyan', sandbox.url)}`)
  const [first = ''] = repositories
  const [someone] = people
  heading('Repositories')
  for (const name of repositories) print(io, `  ${sandbox.url}/${name}`)
  heading('People, with tokens for REST and git')
  print(io, indent(table(people.map(({ login, role, token }) => [login, role, token]))))
  print(
    io,
    `  git clone ${sandbox.url.replace('//', `//${someone?.login}:${someone?.token}@`)}/${first}.git`
  )
  if (app === null) {
    heading('No App yet')
    print(io, `  register yours: ${sandbox.url}/settings/apps/new`)
  } else {
    heading(`App ${app.slug}, id ${app.appId}`)
    print(io, `  webhooks go to ${webhook}`)
    print(io, `  a Probot app:  node --env-file=${app.files.probot} YOUR-APP`)
    print(io, `  Stagewright:   set -a; . ${app.files.stagewright}; set +a`)
    print(io, `                 STAGEWRIGHT_AGENT_COMMAND='["your-agent"]' npx stagewright start`)
    print(
      io,
      `  deliveries:    ${sandbox.url}/settings/apps/${app.slug}/advanced (each can be sent again)`
    )
  }
  say(io, `\nNothing is kept when it ends; Ctrl-C stops`)
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}

/** Null: a fresh one. What it must be made of keeps the files that it is written to readable. */
function secretOf({ STAGEWRIGHT_WEBHOOK_SECRET: secret = '' }: Io['env']): string | null {
  if (secret === '') return null
  if (/^[\w.~+/=-]+$/.test(secret)) return secret
  const what = 'use letters, digits and "._~+/=-" only'
  throw new AppError('INVALID_ARGUMENT', `reading STAGEWRIGHT_WEBHOOK_SECRET: ${what}`)
}

function webUrl(text: string): string {
  const { protocol = '' } = URL.parse(text) ?? {}
  if (protocol === 'http:' || protocol === 'https:') return text
  throw new InvalidArgumentError('Give an address that begins with http:// or https://.')
}

function repositoryName(text: string, before: readonly string[] = []): readonly string[] {
  if (!FULL_NAME.test(text)) throw new InvalidArgumentError('Give OWNER/NAME.')
  return [...before, text]
}
