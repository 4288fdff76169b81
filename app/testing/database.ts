/** A database of its own for a test file: a copy of the migrated template, made in milliseconds. */
import { randomBytes } from 'node:crypto'
import { env } from 'node:process'
import type { Knex } from 'knex'
import {
  type ConnectOptions,
  connect,
  createDatabase,
  dropDatabase
} from '#app/adapters/postgres/connection.ts'
import { ADMIN_URL, TEMPLATE } from './template-database.ts'

export interface TestDatabase {
  readonly db: Knex
  /** For code that connects itself; the user owns the schema. */
  readonly url: string
  /** Ends the pool and removes the database, also when others are still connected. */
  drop(): Promise<void>
}

/** Call it in `beforeAll` and `drop` in `afterAll`. Works in the Jest projects `db` and `root`. */
export async function testDatabase(options: ConnectOptions = {}): Promise<TestDatabase> {
  return create(requireEnvironment(TEMPLATE), options)
}

/** The same without any table, for tests of migrations. */
export async function emptyDatabase(options: ConnectOptions = {}): Promise<TestDatabase> {
  return create('template0', options)
}

async function create(template: string, options: ConnectOptions): Promise<TestDatabase> {
  const adminUrl = requireEnvironment(ADMIN_URL)
  const name = `sw_test_${randomBytes(8).toString('hex')}`
  const url = await createDatabase(adminUrl, name, { template })
  const db = connect(url, options)
  return {
    db,
    url,
    drop: async () => {
      await db.destroy()
      await dropDatabase(adminUrl, name)
    }
  }
}

function requireEnvironment(name: string): string {
  const value = env[name]
  if (value === undefined) {
    throw new Error(
      `${name} is not set: only files named *.db.test.ts, *.story.test.ts or *.root.test.ts have a database`
    )
  }
  return value
}
