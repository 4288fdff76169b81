/** Looks at everything a server of ours needs and says what is wrong, with what to do about each. */
import { databaseFindings } from '#app/core/doctor/database.ts'
import { type Finding, fail, ok, skipped, warn } from '#app/core/doctor/finding.ts'
import {
  type AppFacts,
  type AppNeeds,
  appFindings,
  type InstallationFacts,
  installationFindings,
  labelsFinding,
  repositoriesFinding
} from '#app/core/doctor/github-app.ts'
import {
  clockFinding,
  diskFinding,
  gitFinding,
  isolationFinding
} from '#app/core/doctor/machine.ts'
import { webhookFindings } from '#app/core/doctor/webhook.ts'
import { type WorkflowFacts, workflowFindings } from '#app/core/doctor/workflows.ts'
import { AppError } from '#app/core/errors.ts'
import type { Settings } from '#app/core/settings.ts'
import type { StageGraph } from '#app/core/stage.ts'
import type {
  AppAccount,
  AppHookFacts,
  DatabaseInspector,
  MachineInspector,
  ModelProbe,
  SeenRepository
} from '#app/ports/diagnosis.ts'

export interface Doctor {
  readonly database: DatabaseInspector
  readonly machine: MachineInspector
  readonly account: AppAccount
  readonly hook: AppHookFacts
  readonly models: ModelProbe
  readonly stages: StageGraph
  readonly settings: Pick<Settings, 'agents' | 'labels' | 'publicUrl'>
  readonly needs: AppNeeds
  /** Folders that must have room. */
  readonly folders: readonly string[]
  readonly webUrl: string
  readonly webhookPath: string
  readonly proxyUrl: string | null
  /** Providers that have a key. */
  readonly providers: readonly string[]
  /** Takes secrets out of what errors say. */
  readonly redact: (text: string) => string
}

/** More than these are counted, not looked into: a doctor should answer within a minute. */
const MOST_REPOSITORIES = 50

/** Every finding, in the order of looking: what the later ones need comes first. */
export async function* diagnose(doctor: Doctor): AsyncGenerator<Finding> {
  const { machine } = doctor
  yield* await look(doctor, 'database', async () => {
    const facts = await doctor.database.inspect()
    if (facts === null) return [ok('database', 'an embedded server, made at the first start')]
    return databaseFindings(facts)
  })
  for (const folder of doctor.folders)
    yield* await look(doctor, 'disk', async () => [diskFinding(await machine.disk(folder))])
  yield* await look(doctor, 'isolation', async () => [isolationFinding(await machine.isolation())])
  yield* await look(doctor, 'git', async () => [gitFinding(await machine.git())])
  yield* agents(doctor)
  yield* models(doctor)
  yield* github(doctor)
}

/**
 * A look that fails is a finding too: the error's sentence, and its hint as what to do. Also one that
 * nobody foresaw, which would else hide what the other looks find.
 */
async function look(
  { redact }: Pick<Doctor, 'redact'>,
  check: string,
  work: () => Promise<readonly Finding[]>
): Promise<readonly Finding[]> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError)) return [fail(check, redact(String(error)), UNEXPECTED)]
    const hint = error.fields.hint
    const fix = typeof hint === 'string' ? hint : (FIXES[error.code] ?? 'look at the message')
    return [fail(check, redact(error.message), fix)]
  }
}

const UNEXPECTED =
  'unexpected: run this again; if it stays, it is a fault of Stagewright: report it with this line'

const FIXES: Readonly<Record<string, string>> = {
  DATABASE_UNREACHABLE: 'correct DATABASE_URL, or start the server',
  SCHEMA_BEHIND: 'run `npm run migrate`',
  GITHUB_UNAVAILABLE: 'check STAGEWRIGHT_GITHUB_API_URL and this machine’s way out, then again',
  GITHUB_LIMIT: 'wait until GitHub’s limit has passed, then again',
  GITHUB_REFUSED: 'compare STAGEWRIGHT_GITHUB_APP_ID and the private key with the App’s settings',
  AGENT_MISSING: 'install it on the machine of the worker, or correct the configuration',
  MODEL_UNAVAILABLE: 'check the key, the base URL and this machine’s way out'
}

async function* agents(doctor: Doctor): AsyncGenerator<Finding> {
  const { settings, machine } = doctor
  for (const name of usedAgents(settings.agents)) {
    const check = `agent.${name}`
    const command = settings.agents.known[name]?.command ?? []
    yield* await look(doctor, check, async () => {
      const version = await machine.agentVersion(name, command)
      return [ok(check, version === null ? `${command[0]} is there` : `version ${version}`)]
    })
  }
}

function usedAgents({ platform, projects }: Settings['agents']): readonly string[] {
  const levels = [platform, ...Object.values(projects)]
  const wishes = levels.flatMap(level => [
    level,
    ...Object.values(level.stages),
    ...Object.values(level.roles)
  ])
  return [...new Set(wishes.flatMap(wish => wish.name ?? []))].sort()
}

async function* models(doctor: Doctor): AsyncGenerator<Finding> {
  const { providers, models: probe } = doctor
  if (providers.length === 0) {
    yield skipped('model', 'no key of a model provider is set; the `command` agent may need none')
  }
  for (const provider of providers) {
    const check = `model.${provider}`
    yield* await look(doctor, check, async () => {
      const names = await probe.models(provider)
      return [ok(check, `the key is taken; ${names.length} models`)]
    })
  }
}

async function* github(doctor: Doctor): AsyncGenerator<Finding> {
  const { account, hook, needs, webUrl } = doctor
  let app: AppFacts | null = null
  yield* await look(doctor, 'app', async () => {
    const about = await account.about()
    app = about.app
    return [ok('app', `${app.slug}, of ${app.owner.login}`), clockFinding(about.secondsAhead)]
  })
  // The compiler cannot see that the closure above has set it.
  const known = app as AppFacts | null
  if (known === null) {
    const why = 'GitHub does not know the App by its key'
    for (const check of ['permission', 'event', 'webhook', 'installations'])
      yield skipped(check, why)
    return
  }
  yield* appFindings(known, needs, webUrl)
  yield* await look(doctor, 'webhook', async () => {
    const [facts, attempts] = await Promise.all([hook.hook(), hook.attempts()])
    const { proxyUrl, webhookPath: path } = doctor
    const { publicUrl } = doctor.settings
    return webhookFindings({ hook: facts, attempts, app: known, webUrl, path, publicUrl, proxyUrl })
  })
  yield* await look(doctor, 'installations', () => installations(doctor, known))
}

async function installations(doctor: Doctor, app: AppFacts): Promise<readonly Finding[]> {
  const { account, needs, webUrl } = doctor
  const all = await account.installations()
  const findings = [...installationFindings(all, { app, needs, webUrl })]
  for (const one of all.filter(({ suspended }) => !suspended)) {
    findings.push(
      ...(await look(doctor, `repositories.${one.account}`, async () => {
        const repositories = await account.repositories(one.id)
        const names = repositories.map(({ owner, name }) => `${owner}/${name}`)
        const more = await inRepositories(doctor, one, repositories)
        return [repositoriesFinding(one, names), ...more]
      }))
    )
  }
  return findings
}

async function inRepositories(
  doctor: Doctor,
  installation: InstallationFacts,
  all: readonly SeenRepository[]
): Promise<readonly Finding[]> {
  const some = all.slice(0, MOST_REPOSITORIES)
  const findings: Finding[] = []
  const wanted = Object.values(doctor.stages).flatMap(stage => [
    doctor.settings.labels.run[stage.name],
    ...(stage.revisable ? [doctor.settings.labels.revise[stage.name]] : [])
  ])
  const { id, permissions } = installation
  // A read that its permission forbids would only say again what the permission's own line says.
  if (permissions.issues === undefined)
    findings.push(skipped('labels', `${installation.account} gives no permission issues`))
  for (const one of permissions.issues === undefined ? [] : some) {
    const repository = { fullName: `${one.owner}/${one.name}`, url: one.url }
    findings.push(
      ...(await look(doctor, `labels.${repository.fullName}`, async () => [
        labelsFinding(repository, await doctor.account.labels(id, one), wanted)
      ]))
    )
  }
  if (permissions.contents === undefined)
    findings.push(skipped('workflows', `${installation.account} gives no permission contents`))
  findings.push(
    ...(await look(doctor, 'workflows', async () => {
      if (permissions.contents === undefined) return []
      const answers = await doctor.account.workflows(id, some)
      const each = some.map((one, index) => workflowsOf(doctor, one, answers[index] ?? []))
      return (await Promise.all(each)).flat()
    }))
  )
  if (all.length > some.length) {
    const what = `only the first ${some.length} of ${all.length} repositories were looked into`
    findings.push(
      warn('repositories', what, 'look at the others with an installation of their own')
    )
  }
  return findings
}

/** One that could not be read is named itself and hides no other. */
function workflowsOf(
  doctor: Doctor,
  { owner, name, url }: SeenRepository,
  answer: readonly WorkflowFacts[] | AppError
): Promise<readonly Finding[]> {
  const fullName = `${owner}/${name}`
  return look(doctor, `workflows.${fullName}`, async () => {
    if (answer instanceof AppError) throw answer
    return workflowFindings({ fullName, url }, answer)
  })
}
