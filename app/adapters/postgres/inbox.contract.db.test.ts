import { afterAll, beforeAll } from '@jest/globals'
import { inboxContract } from '#app/testing/contracts/inbox.ts'
import { type TestDatabase, testDatabase } from '#app/testing/database.ts'
import { postgresInbox } from './inbox.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})

afterAll(() => database.drop())

inboxContract(() => ({ one: postgresInbox(database.db), other: postgresInbox(database.db) }))
