import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { databaseFindings } from '#app/core/doctor/database.ts'
import { type TestDatabase, testDatabase } from '#app/testing/database.ts'
import { databaseInspector } from './inspect-database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
}, 60_000)
afterAll(() => database.drop())

async function wrong(): Promise<readonly string[]> {
  const facts = await databaseInspector({ url: database.url, folder: '/nowhere' }).inspect()
  return databaseFindings(facts ?? never()).flatMap(({ check, status, what }) =>
    status === 'ok' ? [] : [`${status} ${check}: ${what}`]
  )
}

function never(): never {
  throw new Error('no facts')
}

/** The test server's speed settings are what a doctor must find; the rest of it is in order. */
const OF_TESTS = expect.arrayContaining([expect.stringMatching(/^fail database\.fsync: is off$/)])

test('a server that a test runs on is seen as it is: its schema is current, its fsync is off', async () => {
  const lines = await wrong()
  expect(lines).toEqual(OF_TESTS)
  expect(lines.join('\n')).not.toMatch(/database\.(version|schema|encoding|rights|notify)/)
})

test.each([
  ['insert', 'runs'],
  ['select', 'flow_events'],
  ['delete', 'deliveries'],
  ['update', 'missed_deliveries'],
  ['select', 'schema_migrations'],
  ['usage', 'sequence deliveries_sequence_seq']
])('the right to %s on %s, taken away, is named', async (right, table) => {
  await database.db.raw(`revoke ${right} on ${table} from stagewright_app`)
  try {
    expect((await wrong()).join('\n')).toContain(`stagewright_app lacks: ${right} on ${table}`)
  } finally {
    await database.db.raw(`grant ${right} on ${table} to stagewright_app`)
  }
})

test('a right too many on the audit is named', async () => {
  await database.db.raw('grant delete on flow_events to stagewright_app')
  try {
    expect((await wrong()).join('\n')).toContain(
      'warn database.roles: the role stagewright_app may delete'
    )
  } finally {
    await database.db.raw('revoke delete on flow_events from stagewright_app')
  }
})

test('an embedded server that is not there yet is not made for a look', async () => {
  expect(await databaseInspector({ url: null, folder: '/nowhere' }).inspect()).toBeNull()
})
