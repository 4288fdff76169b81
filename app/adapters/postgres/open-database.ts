/** The app's database: the configured server, or the embedded one; its schema checked before use. */
import type { Knex } from 'knex'
import { connect, mayActAs } from './connection.ts'
import { startEmbedded } from './embedded/start.ts'
import { assertSchemaCurrent, migrateUp } from './migrate.ts'

/** Role of the running app where the server has it: no update or delete on the audit (decisions 2). */
const APP_ROLE = 'stagewright_app'

export interface Database {
  readonly url: string
  readonly db: Knex
  /** Rejects when the database cannot be reached or its schema is not this version's. */
  check(): Promise<void>
  close(): Promise<void>
}

/**
 * `url` null starts the embedded server in `folder` and brings its schema up to date. A server of
 * your own is never migrated in passing: SCHEMA_BEHIND says to run `npm run migrate`, SCHEMA_AHEAD
 * to start the newer version.
 */
export async function openDatabase(options: {
  readonly url: string | null
  readonly folder: string
  readonly migrate?: boolean
}): Promise<Database> {
  const embedded =
    options.url === null
      ? await startEmbedded({ folder: options.folder, purpose: 'durable' })
      : null
  const url = options.url ?? embedded?.url ?? ''
  const owner = connect(url, { poolSize: 2, applicationName: 'stagewright-schema' })
  try {
    if (embedded !== null || options.migrate === true) await migrateUp(owner)
    else await assertSchemaCurrent(owner)
    const role = (await mayActAs(owner, APP_ROLE)) ? { role: APP_ROLE } : {}
    const db = connect(url, { poolSize: 20, ...role })
    return {
      url,
      db,
      check: () => assertSchemaCurrent(db),
      async close() {
        await db.destroy()
        await embedded?.stop()
      }
    }
  } catch (error) {
    await embedded?.stop()
    throw error
  } finally {
    await owner.destroy()
  }
}
