/** Everything the demo stands on, opened together and closed in the opposite order. */
import { randomBytes } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readDatabaseConfig } from '#app/config.ts'
import type { Run } from '#app/core/run.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'
import { startBalancer } from '#app/sandbox/balancer.ts'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { agentEnvironment, agentWords, type DemoModelKind, modelOf } from './agent-environment.ts'
import { type AppProcess, lastLines, startAppProcess } from './app-process.ts'
import type { DemoAgentChoice } from './choose-agent.ts'
import { type DemoDatabase, openDemoDatabase } from './database.ts'
import { startDemoModel } from './model.ts'
import { agentRemembers } from './proofs.ts'
import { endLocalRuns } from './runner-host.ts'
import type { Step } from './step.ts'
import type { Watched } from './watch-run.ts'

const AGENT = fileURLToPath(new URL('./agent.mjs', import.meta.url))
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'
/** What the app's processes get of our environment, beside their own settings. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'STAGEWRIGHT_RUN_UIDS'] as const

export interface StageOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workers: number
  readonly webs: number
  readonly signal: AbortSignal
  readonly tell: (step: Step) => void
  readonly agent: DemoAgentChoice
}

export interface DemoStage {
  readonly sandbox: Sandbox
  readonly database: DemoDatabase
  readonly folder: string
  readonly path: string
  readonly processes: readonly AppProcess[]
  readonly model: DemoModelKind
  /** Whether the second turn knows the first; by the model's own record where it is the scripted one. */
  readonly hasResumed: (watched: Watched, before: Run) => boolean
  /** The last lines of the app's logs. */
  log(): Promise<string>
  /** Ends and removes everything, whatever state it is in. Throws what went wrong after having tried all. */
  close(): Promise<void>
}

/** Starts database, sandbox and app. What it opened is closed again when it throws. */
export async function openStage(options: StageOptions): Promise<DemoStage> {
  const { env, tell, signal } = options
  const closers: Array<() => Promise<unknown>> = []
  const close = (): Promise<void> => closeAll(closers)
  try {
    const folder = await makeFolder()
    closers.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
    const agent = join(folder, 'agent.mjs')
    await copyFile(AGENT, agent)
    await chmod(agent, 0o644)
    const { databaseUrl } = readDatabaseConfig(env)
    const database = await openDemoDatabase(databaseUrl, join(folder, 'postgres'))
    closers.push(() => database.remove())
    tell({
      name: 'postgres',
      text:
        database.kind === 'embedded'
          ? 'embedded server, schema in place'
          : 'a database of its own on DATABASE_URL, schema in place'
    })
    signal.throwIfAborted()
    const sandbox = await startSandbox({ folder: join(folder, 'github') })
    closers.push(() => sandbox.close())
    tell({ name: 'github', text: 'GitHub on this machine', where: sandbox.url })
    const stateDir = join(folder, 'state')
    closers.push(() => endLocalRuns(stateDir))
    const kind = modelOf(options.agent)
    const model = kind === 'scripted' ? await startDemoModel() : null
    if (model !== null) closers.push(() => model.close())
    tell({ name: 'agent', text: agentWords(options.agent) })
    const base = {
      ...environment({ env, database, sandbox, stateDir }),
      ...agentEnvironment(options.agent, { env, program: agent, modelUrl: model?.url ?? null })
    }
    const { processes, url } = await startApps(options, { base, folder, closers, sandbox })
    tell({
      name: 'app',
      text:
        processes.length === 1
          ? 'one process, web and worker'
          : `${options.webs} web(s), ${options.workers} worker(s), a balancer in front`,
      where: url
    })
    const logs = processes.map((_, index) => logFile(folder, index))
    return {
      sandbox,
      database,
      folder,
      path: env.PATH ?? DEFAULT_PATH,
      processes,
      model: kind,
      hasResumed: (watched, before) => {
        if (options.agent.name === 'command') return agentRemembers(watched, before)
        const restored = watched.attempts.some(one => one.report?.sessionResumed === true)
        return restored && model?.hasContinued() !== false
      },
      log: async () =>
        (await Promise.all(logs.map(lastLines))).filter(text => text !== '').join('\n'),
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewright-demo-'))
  // Runs have a user of their own, which must get to the agent's program.
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'github'), { mode: 0o700 })
  await mkdir(join(folder, 'clones'), { mode: 0o700 })
  return folder
}

function environment(parts: {
  readonly env: StageOptions['env']
  readonly database: DemoDatabase
  readonly sandbox: Sandbox
  readonly stateDir: string
}): Record<string, string> {
  const { env, database, sandbox, stateDir } = parts
  const passed = PASSED_ON.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]]))
  return {
    ...Object.fromEntries(passed),
    DATABASE_URL: database.url,
    PORT: '0',
    STAGEWRIGHT_STATE_DIR: stateDir,
    STAGEWRIGHT_LOG_LEVEL: env.STAGEWRIGHT_LOG_LEVEL ?? 'info',
    STAGEWRIGHT_GITHUB_APP_ID: String(sandbox.app.id),
    STAGEWRIGHT_GITHUB_PRIVATE_KEY: sandbox.app.privateKey,
    STAGEWRIGHT_WEBHOOK_SECRET: randomBytes(32).toString('hex'),
    STAGEWRIGHT_GITHUB_API_URL: sandbox.apiUrl,
    STAGEWRIGHT_GITHUB_WEB_URL: sandbox.url,
    STAGEWRIGHT_OWNERS: 'mona',
    STAGEWRIGHT_SANDBOX: 'true'
  }
}

interface AppParts {
  readonly base: Readonly<Record<string, string>>
  readonly folder: string
  readonly closers: Array<() => Promise<unknown>>
  readonly sandbox: Sandbox
}

async function startApps(
  options: StageOptions,
  parts: AppParts
): Promise<{ readonly processes: readonly AppProcess[]; readonly url: string }> {
  const { workers, webs } = options
  const { base, folder, closers, sandbox } = parts
  const several = workers > 0 || webs > 0
  const balancer = several ? await startBalancer() : null
  if (balancer !== null) closers.push(() => balancer.close())
  const roles = several
    ? [
        ...Array<string>(Math.max(webs, 1)).fill('web'),
        ...Array<string>(Math.max(workers, 1)).fill('worker')
      ]
    : ['all']
  const starts = await Promise.allSettled(
    roles.map(async (role, index) => {
      const environment: Record<string, string> = { ...base, STAGEWRIGHT_ROLE: role }
      if (balancer !== null) environment.STAGEWRIGHT_APP_URL = balancer.url
      const app = await startAppProcess({
        environment,
        logFile: logFile(folder, index)
      })
      closers.push(() => app.stop())
      return { role, app }
    })
  )
  const apps = starts.map(start => {
    if (start.status === 'rejected') throw start.reason
    return start.value
  })
  const url = balancer?.url ?? apps[0]?.app.url ?? ''
  balancer?.setTargets(apps.filter(({ role }) => role === 'web').map(({ app }) => app.url))
  sandbox.setWebhook({
    url: `${url}${WEBHOOK_PATH}`,
    secret: base.STAGEWRIGHT_WEBHOOK_SECRET ?? ''
  })
  return { processes: apps.map(({ app }) => app), url }
}

function logFile(folder: string, index: number): string {
  return join(folder, `app-${index + 1}.log`)
}

async function closeAll(closers: Array<() => Promise<unknown>>): Promise<void> {
  const failures: unknown[] = []
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `cleaning up: ${failures.map(String).join('; ')}`)
}
