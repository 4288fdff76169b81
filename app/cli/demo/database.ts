/** A database for one demo: of an embedded server, or its own one on the server of DATABASE_URL. */
import { randomBytes } from 'node:crypto'
import { createDatabase, dropDatabase } from '#app/adapters/postgres/connection.ts'
import { startEmbedded } from '#app/adapters/postgres/embedded/start.ts'
import { openDatabase } from '#app/adapters/postgres/open-database.ts'
import { postgresStore } from '#app/adapters/postgres/store.ts'
import { AppError } from '#app/core/errors.ts'
import type { Store } from '#app/ports/store.ts'

export interface DemoDatabase {
  readonly url: string
  readonly kind: 'embedded' | 'server'
  readonly store: Store
  /** Ends the connections and removes the database, with its server when it is ours. */
  remove(): Promise<void>
}

/**
 * `server`: a URL whose user may create databases; null for the embedded one in `folder`. That one is
 * a throwaway: it is watched and removed even when this process is killed.
 */
export async function openDemoDatabase(
  server: string | null,
  folder: string
): Promise<DemoDatabase> {
  const place = server === null ? await embedded(folder) : await onServer(server)
  try {
    const database = await openDatabase({ url: place.url, folder, migrate: true })
    return {
      url: place.url,
      kind: server === null ? 'embedded' : 'server',
      store: postgresStore(database.db, () => undefined),
      async remove() {
        await database.close()
        await place.remove()
      }
    }
  } catch (error) {
    await place.remove()
    throw error
  }
}

interface Place {
  readonly url: string
  remove(): Promise<void>
}

async function embedded(folder: string): Promise<Place> {
  const server = await startEmbedded({ folder, purpose: 'throwaway' })
  return { url: server.url, remove: () => server.stop() }
}

async function onServer(server: string): Promise<Place> {
  const name = `stagewright_demo_${randomBytes(6).toString('hex')}`
  const url = await createDatabase(server, name).catch((cause: unknown) => {
    throw new AppError(
      'DATABASE_UNREACHABLE',
      `making a database of the demo's own on the server of DATABASE_URL: ${cause instanceof Error ? cause.message : cause}; without DATABASE_URL the demo brings its own server`,
      { cause }
    )
  })
  return { url, remove: () => dropDatabase(server, name) }
}
