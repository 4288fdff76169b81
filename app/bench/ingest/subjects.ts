/** The five ways to take a webhook that are measured against each other (reliability B1). */
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { connect, createDatabase } from '#app/adapters/postgres/connection.ts'
import type { EmbeddedServer } from '#app/adapters/postgres/embedded/start.ts'
import { openDatabase } from '#app/adapters/postgres/open-database.ts'
import { startAppProcess } from '#app/cli/demo/app-process.ts'
import { WEBHOOK_PATH } from '#app/edges/webhooks/route.ts'
import { SECRET } from './bodies.ts'
import { startChild } from './child.ts'

export interface Subject {
  readonly key: string
  readonly name: string
  /** What its 2xx promises; never compare a number without it. */
  readonly promises: string
  readonly url: string
  readonly pid: number
  /** Deliveries that it has stored; null where it stores none. */
  readonly stored: (() => Promise<number>) | null
  stop(): Promise<void>
}

/** As large as the pool of our app. */
const POOL_SIZE = '20'

export const OURS = 'S4'
export const NAIVE = 'S3'

const RIVALS = [
  ['S0', 'bare-http', 'nothing: body read, not even verified'],
  ['S1', 'octokit-webhooks', 'verified; not durable, not deduped'],
  ['S2', 'probot-empty', 'verified; not durable, not deduped'],
  [NAIVE, 'probot-naive', 'verified, durable, deduped']
] as const

/** All of them, started, on one server; each that stores has a database of its own there. */
export async function startSubjects(
  server: EmbeddedServer,
  folder: string
): Promise<readonly Subject[]> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' }
  })
  const subjects: Subject[] = []
  try {
    for (const rival of RIVALS) subjects.push(await startRival(rival, server.url, privateKey))
    subjects.push(await startOurs(server.url, folder, privateKey))
    return subjects
  } catch (error) {
    for (const subject of subjects) await subject.stop()
    throw error
  }
}

async function startRival(
  [key, name, promises]: (typeof RIVALS)[number],
  adminUrl: string,
  privateKey: string
): Promise<Subject> {
  const url = await createDatabase(adminUrl, `bench_${key.toLowerCase()}`)
  const child = startChild('./rivals.ts', [name], {
    BENCH_DATABASE_URL: url,
    BENCH_PRIVATE_KEY: privateKey,
    BENCH_POOL_SIZE: POOL_SIZE
  })
  const { port } = (await child.next()) as { readonly port: number }
  const rows = key === NAIVE ? counter(url) : null
  return {
    key,
    name,
    promises,
    url: `http://127.0.0.1:${port}${WEBHOOK_PATH}`,
    pid: child.pid,
    stored: rows?.count ?? null,
    stop: async () => {
      await child.stop()
      await rows?.close()
    }
  }
}

/** `stagewright start` as on a server, with its log at its default and nothing switched off. */
async function startOurs(adminUrl: string, folder: string, privateKey: string): Promise<Subject> {
  const url = await createDatabase(adminUrl, 'bench_s4')
  await (await openDatabase({ url, folder, migrate: true })).close()
  const app = await startAppProcess({
    logFile: join(folder, 'app.log'),
    environment: {
      PATH: process.env.PATH ?? '',
      DATABASE_URL: url,
      PORT: '0',
      STAGEWRIGHT_ROLE: 'web',
      STAGEWRIGHT_STATE_DIR: join(folder, 'state'),
      STAGEWRIGHT_GITHUB_APP_ID: '1',
      STAGEWRIGHT_GITHUB_PRIVATE_KEY: privateKey,
      STAGEWRIGHT_WEBHOOK_SECRET: SECRET,
      STAGEWRIGHT_AGENT_COMMAND: '["true"]'
    }
  })
  const rows = counter(url)
  return {
    key: OURS,
    name: 'stagewright',
    promises: 'verified, durable, deduped, queued in order of its issue',
    url: `${app.url}${WEBHOOK_PATH}`,
    pid: app.pid,
    stored: rows.count,
    stop: async () => {
      await app.stop()
      await rows.close()
    }
  }
}

function counter(url: string): { count(): Promise<number>; close(): Promise<void> } {
  const db = connect(url, { poolSize: 1 })
  return {
    count: async () => Number((await db('deliveries').count({ rows: '*' }))[0]?.rows),
    close: () => db.destroy()
  }
}
