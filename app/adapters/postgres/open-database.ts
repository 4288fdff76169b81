/** The app's database: the configured server, or the embedded one; its schema checked before use. */
import type { Knex } from 'knex'
import { APP_ROLE } from './app-rights.ts'
import { connect, createDatabase, mayActAs } from './connection.ts'
import { startEmbedded } from './embedded/start.ts'
import { assertSchemaCurrent, migrateUp } from './migrate.ts'

export interface Database {
  readonly url: string
  readonly db: Knex
  /** Rejects when the database cannot be reached or its schema is not this version's. */
  check(): Promise<void>
  close(): Promise<void>
}

/** The configured server, or the embedded one of `folder` with a database of our own in it. */
export async function reachServer(place: {
  readonly url: string | null
  readonly folder: string
}): Promise<{ readonly url: string; release(): Promise<void> }> {
  if (place.url !== null) return { url: place.url, release: () => Promise.resolve() }
  const embedded = await startEmbedded({ folder: place.folder, purpose: 'durable' })
  const url = await createDatabase(embedded.url, 'stagewright')
  return { url, release: () => embedded.stop() }
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
  const { url, release } = await reachServer(options)
  const owner = connect(url, { poolSize: 2, applicationName: 'stagewright-schema' })
  try {
    if (options.url === null || options.migrate === true) await migrateUp(owner)
    else await assertSchemaCurrent(owner)
    const role = (await mayActAs(owner, APP_ROLE)) ? { role: APP_ROLE } : {}
    const db = connect(url, { poolSize: 20, ...role })
    return {
      url,
      db,
      check: () => assertSchemaCurrent(db),
      async close() {
        await db.destroy()
        await release()
      }
    }
  } catch (error) {
    await release()
    throw error
  } finally {
    await owner.destroy()
  }
}
