/** What `start` is measured on: embedded Postgres as in production, GitHub on this machine, the app as a process of its own. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { createDatabase } from '#app/adapters/postgres/connection.ts'
import { startEmbedded } from '#app/adapters/postgres/embedded/start.ts'
import { openDatabase } from '#app/adapters/postgres/open-database.ts'
import type { Bench } from '#app/bench/benchmark.ts'
import { startAppProcess } from '#app/cli/demo/app-process.ts'
import { endLocalRuns } from '#app/cli/demo/runner-host.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { createGate, type Gate } from './gate.ts'
import { type Relay, startRelay } from './relay.ts'

export const LABEL = 'run:dev'
const REPOSITORY = 'octo/shop'
/** Limits lifted: more than a burst holds. */
const RUNS = 100
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'STAGEWRIGHT_RUN_UIDS'] as const

export interface Stage {
  readonly sandbox: Sandbox
  readonly relay: Relay
  readonly gate: Gate
  readonly database: Client
  readonly appPid: number
  /** Makes an issue as its owner; answers the number. */
  issue(title: string): Promise<number>
  label(issue: number): Promise<void>
  close(): Promise<void>
}

export async function openStage(bench: Pick<Bench, 'folder' | 'env'>): Promise<Stage> {
  const { folder, env } = bench
  const closers: Array<() => Promise<unknown>> = []
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next()
  }
  try {
    await mkdir(join(folder, 'github'), { mode: 0o700 })
    const server = await startEmbedded({ folder: join(folder, 'postgres'), purpose: 'durable' })
    closers.push(() => server.stop())
    const url = await createDatabase(server.url, 'bench')
    await (await openDatabase({ url, folder, migrate: true })).close()
    const database = new Client({ connectionString: url })
    await database.connect()
    closers.push(() => database.end())
    await database.query('update projects set max_parallel_runs = $1', [RUNS])
    const sandbox = await startSandbox({ folder: join(folder, 'github') })
    closers.push(() => sandbox.close())
    const stateDir = join(folder, 'state')
    closers.push(() => endLocalRuns(stateDir))
    const gate = await createGate(folder)
    const environment = await configure({ env, url, sandbox, folder, stateDir, gate })
    const app = await startAppProcess({ environment, logFile: join(folder, 'app.log') })
    closers.push(() => app.stop())
    const relay = await startRelay(`${app.url}${WEBHOOK_PATH}`, LABEL)
    closers.push(() => relay.close())
    sandbox.setWebhook({ url: relay.url, secret: environment.STAGEWRIGHT_WEBHOOK_SECRET ?? '' })
    const parts = { sandbox, relay, database, gate, appPid: app.pid, close }
    return { ...(await people(sandbox)), ...parts }
  } catch (error) {
    await close()
    throw error
  }
}

async function configure(parts: {
  readonly env: Bench['env']
  readonly url: string
  readonly sandbox: Sandbox
  readonly folder: string
  readonly stateDir: string
  readonly gate: Gate
}): Promise<Record<string, string>> {
  const { env, url, sandbox, folder, stateDir, gate } = parts
  const file = join(folder, 'stagewright.yaml')
  await writeFile(file, `limits:\n  runs: ${RUNS}\n`)
  await chmod(file, 0o644)
  const passed = PASSED_ON.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]]))
  return {
    ...Object.fromEntries(passed),
    DATABASE_URL: url,
    PORT: '0',
    STAGEWRIGHT_STATE_DIR: stateDir,
    STAGEWRIGHT_CONFIG_FILE: file,
    STAGEWRIGHT_LOG_LEVEL: env.STAGEWRIGHT_LOG_LEVEL ?? 'info',
    STAGEWRIGHT_GITHUB_APP_ID: String(sandbox.app.id),
    STAGEWRIGHT_GITHUB_PRIVATE_KEY: sandbox.app.privateKey,
    STAGEWRIGHT_WEBHOOK_SECRET: randomBytes(32).toString('hex'),
    STAGEWRIGHT_GITHUB_API_URL: sandbox.apiUrl,
    STAGEWRIGHT_GITHUB_WEB_URL: sandbox.url,
    STAGEWRIGHT_OWNERS: 'mona',
    STAGEWRIGHT_AGENT_COMMAND: JSON.stringify(gate.command),
    // Lifts GitHub's own limits, which the sandbox does not have; isolation by user stays as it is.
    STAGEWRIGHT_SANDBOX: 'true'
  }
}

async function people(sandbox: Sandbox): Promise<Pick<Stage, 'issue' | 'label'>> {
  const { token } = sandbox.person('mona')
  await sandbox.createRepository({
    owner: 'octo',
    name: 'shop',
    files: {
      'README.md': '# Shop\n',
      ...Object.fromEntries(
        Array.from({ length: 40 }, (_, at) => [`src/part-${at}.ts`, `export const part = ${at}\n`])
      )
    }
  })
  sandbox.addCollaborator(REPOSITORY, 'mona', 'admin')
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${sandbox.apiUrl}/repos/${REPOSITORY}${path}`, {
      method: 'POST',
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  return {
    issue: async title => {
      const made = await post('/issues', { title, body: 'Please add a line to the README.' })
      return (made as { readonly number: number }).number
    },
    label: async issue => void (await post(`/issues/${issue}/labels`, { labels: [LABEL] }))
  }
}
