/** The database for commands that look at runs and change them (decisions 43). */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { postgresWake } from '#app/adapters/postgres/notify.ts'
import { openDatabase } from '#app/adapters/postgres/open-database.ts'
import { postgresStore } from '#app/adapters/postgres/store.ts'
import { readDatabaseConfig } from '#app/config.ts'
import { AppError } from '#app/core/errors.ts'
import type { Store } from '#app/ports/store.ts'
import type { Io } from './io.ts'

type Database = Awaited<ReturnType<typeof openDatabase>>

/**
 * Runs `work` on the store of DATABASE_URL, or of the embedded server's data. NOT_FOUND when there is
 * neither, because a command that looks must not make a database.
 */
export async function withStore<T>(io: Io, work: (store: Store) => Promise<T>): Promise<T> {
  return withDatabase(io, async database => {
    const wake = await postgresWake({ url: database.url, db: database.db })
    try {
      return await work(postgresStore(database.db, kind => wake.hint(kind)))
    } finally {
      await wake.close()
    }
  })
}

/** The same for what needs more of the database than the store. */
export async function withDatabase<T>(
  io: Io,
  work: (database: Database) => Promise<T>
): Promise<T> {
  const config = readDatabaseConfig(io.env)
  const folder = join(config.stateDir, 'postgres')
  if (config.databaseUrl === null) await requireCluster(folder)
  const database = await openDatabase({ url: config.databaseUrl, folder })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

async function requireCluster(folder: string): Promise<void> {
  try {
    await access(join(folder, 'data', 'PG_VERSION'))
  } catch (cause) {
    throw new AppError(
      'NOT_FOUND',
      `looking for a database: DATABASE_URL is not set, and there is none in ${folder}; set DATABASE_URL or STAGEWRIGHT_STATE_DIR as the server has it`,
      { cause }
    )
  }
}
