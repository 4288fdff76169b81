import { join } from 'node:path'
import type { Command } from 'commander'
import { createAppAccount } from '#app/adapters/github/app-account.ts'
import { createAppHook } from '#app/adapters/github/app-hook.ts'
import { createModelUpstream } from '#app/adapters/model/create-model-upstream.ts'
import { createModelProbe } from '#app/adapters/model/model-probe.ts'
import { databaseInspector } from '#app/adapters/postgres/inspect-database.ts'
import { readDisk } from '#app/adapters/system/disk.ts'
import { createLog } from '#app/adapters/system/index.ts'
import { findGit } from '#app/cli/find-git.ts'
import { ExitCode, type Io, type JsonOption, painter, print, printJson, say } from '#app/cli/io.ts'
import { readAppManifest } from '#app/config/app-manifest.ts'
import { type Config, readConfig, secretsOf } from '#app/config.ts'
import type { AppManifest } from '#app/core/app-manifest.ts'
import type { Finding } from '#app/core/doctor/finding.ts'
import type { AppNeeds } from '#app/core/doctor/github-app.ts'
import type { IsolationFacts } from '#app/core/doctor/machine.ts'
import { createRedact } from '#app/core/redact.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'
import type { RateLimiter } from '#app/ports/rate-limiter.ts'
import { STAGES } from '#app/stages/index.ts'
import { type Doctor, diagnose } from '#app/usecases/diagnose.ts'
import { requireAgent, runUser } from '#executors/local/require-agent.ts'

export function addDoctor(program: Command, io: Io): void {
  program
    .command('doctor')
    .summary('look for what is wrong with this server’s set-up')
    .description(
      'Looks at the database, the disk, the isolation of runs, git, the clock, the agents, the model, the GitHub App with its permissions, events and webhook, its installations, repositories and labels. Each line that is not right says what to do, and where. Changes nothing. Exit code 1 when a line fails.'
    )
    .option('--json', 'print one JSON object with every finding')
    .addHelpText(
      'after',
      `
Takes the same settings as \`stagewright start\`; run it on the machine of a worker.

Examples:
  $ stagewright doctor
  $ stagewright doctor --json | jq '.findings[] | select(.status == "fail")'`
    )
    .action((options: JsonOption) => doctor(io, options))
}

async function doctor(io: Io, options: JsonOption): Promise<void> {
  const findings: Finding[] = []
  for await (const finding of diagnose(doctorOf(readConfig(io.env), io.env.PATH ?? ''))) {
    findings.push(finding)
    if (options.json !== true) print(io, line(io, finding))
  }
  const failed = findings.filter(finding => finding.status === 'fail').length
  const warned = findings.filter(finding => finding.status === 'warn').length
  if (options.json === true) printJson(io, { ok: failed === 0, failed, warned, findings })
  else say(io, summary(failed, warned))
  if (failed > 0) throw new ExitCode(1)
}

function summary(failed: number, warned: number): string {
  if (failed > 0) return `${failed} to mend${warned > 0 ? `, ${warned} to know` : ''}`
  return warned > 0 ? `works; ${warned} to know` : 'all is well'
}

const MARKS = {
  ok: { mark: 'ok  ', style: 'green' },
  warn: { mark: 'warn', style: 'yellow' },
  fail: { mark: 'FAIL', style: 'red' },
  skipped: { mark: '-   ', style: 'dim' }
} as const

function line(io: Io, { check, status, what, fix, url }: Finding): string {
  const paint = painter(io, 'stdout')
  const { mark, style } = MARKS[status]
  const more = [fix, url]
    .filter(part => part !== null)
    .map(part => `\n       ${paint('dim', '→')} ${part}`)
  return `${paint(style, mark)}  ${check.padEnd(38)} ${what}${more.join('')}`
}

/** The doctor asks GitHub a few dozen times and must not wait behind what it looks at. */
const UNLIMITED: RateLimiter = {
  take: async () => ({ waitMs: 0 }),
  block: async () => undefined
}

/** `path`: the server's own, where it finds git; runs look into it too. */
function doctorOf(config: Config, path: string): Doctor {
  const { github, stateDir } = config
  const redact = createRedact(secretsOf(config))
  const log = createLog({ level: 'silent', pretty: false, redact })
  const options = { ...github, limiter: UNLIMITED, log }
  return {
    database: databaseInspector({ url: config.databaseUrl, folder: join(stateDir, 'postgres') }),
    machine: {
      disk: readDisk,
      isolation: async () => isolationOf(config),
      git: () => findGit(path),
      agentVersion: (name, command) =>
        requireAgent({ name, command, path: config.path, user: runUser(config.runUids) })
    },
    account: createAppAccount(options),
    hook: createAppHook(options),
    models: createModelProbe(createModelUpstream({ providers: config.models })),
    stages: STAGES,
    settings: config,
    needs: needsOf(readAppManifest()),
    folders: [stateDir],
    webUrl: github.webUrl,
    webhookPath: WEBHOOK_PATH,
    proxyUrl: config.webhookProxyUrl,
    providers: Object.keys(config.models),
    redact
  }
}

/** As `main.ts` decides it for the local executor. */
function isolationOf({ sandbox, allowUnisolated, runUids }: Config): IsolationFacts {
  const unisolated = sandbox ? 'sandbox' : allowUnisolated ? 'allowed' : 'refused'
  return { uid: process.geteuid?.() ?? null, runUids, unisolated }
}

function needsOf({ permissions, events }: AppManifest): AppNeeds {
  return {
    permissions: Object.fromEntries(permissions.map(({ name, access }) => [name, access])),
    events: events.map(({ name }) => name)
  }
}
