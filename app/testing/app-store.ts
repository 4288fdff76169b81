/** The store as the running app has it: on a database of its own, as the app's restricted role. */
import { connect } from '#app/adapters/postgres/connection.ts'
import { postgresInbox } from '#app/adapters/postgres/inbox.ts'
import { postgresStore } from '#app/adapters/postgres/store.ts'
import type { Inbox } from '#app/ports/inbox.ts'
import type { Store } from '#app/ports/store.ts'
import type { WakeKind } from '#app/ports/workers.ts'
import { type TestDatabase, testDatabase } from './database.ts'

export interface AppStore {
  readonly store: Store
  readonly inbox: Inbox
  /** As the owner of the schema, to look and to arrange. */
  readonly database: TestDatabase
  /** What the store hinted so far; the test may empty it. */
  readonly hints: WakeKind[]
  drop(): Promise<void>
}

/** Call it in `beforeAll` and `drop` in `afterAll`. */
export async function appStore(): Promise<AppStore> {
  const database = await testDatabase()
  const db = connect(database.url, { role: 'stagewright_app', poolSize: 12 })
  const hints: WakeKind[] = []
  return {
    store: postgresStore(db, kind => hints.push(kind)),
    inbox: postgresInbox(db),
    database,
    hints,
    drop: async () => {
      await db.destroy()
      await database.drop()
    }
  }
}
