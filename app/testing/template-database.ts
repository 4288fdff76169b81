/** The migrated database that every database test gets a copy of, and the server it stands on. */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import {
  connect,
  createDatabase,
  dropDatabase,
  onConnection
} from '#app/adapters/postgres/connection.ts'
import { type EmbeddedServer, startEmbedded } from '#app/adapters/postgres/embedded/start.ts'
import { sweepThrowaway, throwawayFolder } from '#app/adapters/postgres/embedded/throwaway.ts'
import { MIGRATIONS_FOLDER, migrateUp } from '#app/adapters/postgres/migrate.ts'

/** Set for the test processes: where to create databases, and what to copy. */
export const ADMIN_URL = 'STAGEWRIGHT_TEST_ADMIN_URL'
export const TEMPLATE = 'STAGEWRIGHT_TEST_TEMPLATE'
/** Set by a person: a real server to test on, with a user who may create databases. */
const REAL_SERVER = 'STAGEWRIGHT_TEST_DATABASE_URL'

let server: EmbeddedServer | null = null

/** Starts the server, or takes the real one, and migrates the template once. */
export async function openTemplate(): Promise<void> {
  const adminUrl = env[REAL_SERVER] ?? (await startServer())
  try {
    env[TEMPLATE] = await migrateTemplate(adminUrl)
    env[ADMIN_URL] = adminUrl
  } catch (error) {
    await closeTemplate()
    throw error
  }
}

/** Drops the template on a real server; ends our own. */
export async function closeTemplate(): Promise<void> {
  const [adminUrl, template] = [env[ADMIN_URL], env[TEMPLATE]]
  delete env[ADMIN_URL]
  delete env[TEMPLATE]
  if (server !== null) {
    const ours = server
    server = null
    await ours.stop()
    return
  }
  if (adminUrl !== undefined && template !== undefined) await dropDatabase(adminUrl, template)
}

async function startServer(): Promise<string> {
  await sweepThrowaway()
  server = await startEmbedded({ folder: await throwawayFolder(), purpose: 'throwaway' })
  return server.url
}

async function migrateTemplate(adminUrl: string): Promise<string> {
  // Two test runs on one real server must not drop each other's template.
  const name = `sw_template_${await migrationsDigest()}_${randomBytes(4).toString('hex')}`
  const db = connect(await createDatabase(adminUrl, name), { poolSize: 1 })
  try {
    await migrateUp(db)
  } catch (error) {
    await db.destroy()
    await dropDatabase(adminUrl, name)
    throw error
  }
  await db.destroy()
  // Postgres copies no database that somebody is connected to.
  await onConnection(adminUrl, client =>
    client.query(`alter database ${name} with allow_connections false`)
  )
  return name
}

/** Tells in the server's list of databases which schema a template has. */
async function migrationsDigest(): Promise<string> {
  const digest = createHash('sha256')
  for (const name of (await readdir(MIGRATIONS_FOLDER)).sort()) {
    digest.update(name).update(await readFile(join(MIGRATIONS_FOLDER, name)))
  }
  return digest.digest('hex').slice(0, 12)
}
