import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { AuditEntry } from '#app/core/audit.ts'
import type { Store } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'

let app: AppStore
let store: Store

const ENTRY: AuditEntry = {
  correlationId: 'd1',
  type: 'run.started',
  actorType: 'human',
  actor: 'ada',
  reason: null,
  projectId: 'default',
  repositoryId: 'r',
  issueNumber: 5,
  runId: 'run1',
  payload: { text: 'a\0b' }
}

beforeAll(async () => {
  app = await appStore()
  ;({ store } = app)
  await store.transaction(({ audit }) => audit.add(ENTRY))
})

afterAll(() => app.drop())

const CHANGES = [
  ['update', `update flow_events set actor = 'eve'`],
  ['update of no row', `update flow_events set actor = 'eve' where false`],
  ['delete', 'delete from flow_events'],
  ['truncate', 'truncate flow_events'],
  ['truncate with others', 'truncate flow_events, links cascade']
] as const

test('an entry is stored as it was given', async () => {
  const rows = await app.database.db('flow_events').select()
  expect(rows).toMatchObject([
    {
      correlation_id: 'd1',
      type: 'run.started',
      actor_type: 'human',
      run_id: 'run1',
      payload: { text: 'ab' }
    }
  ])
})

test.each(CHANGES)(
  '%s is refused to the owner of the table, who is a superuser here',
  async (_what, sql) => {
    const { rows } = await app.database.db.raw<{ rows: readonly unknown[] }>(
      'select from pg_roles where rolname = current_user and rolsuper'
    )
    expect(rows).toHaveLength(1)
    await expect(app.database.db.raw(sql)).rejects.toThrow('flow_events is append-only')
    expect(await app.database.db('flow_events').select('actor')).toEqual([{ actor: 'ada' }])
  }
)

test.each(CHANGES)('%s is no right of the app’s role', async (_what, sql) => {
  const work = app.database.db.transaction(async transaction => {
    await transaction.raw('set local role stagewright_app')
    await transaction.raw(sql)
  })
  await expect(work).rejects.toThrow('permission denied for table flow_events')
})

test('a link is kept once', async () => {
  const link = { from: ['issue', 'r#5'], to: ['run', 'run1'], type: 'triggered' } as const
  await store.transaction(({ links }) => links.add(link))
  await store.transaction(({ links }) => links.add(link))
  await store.transaction(({ links }) => links.add({ ...link, type: 'mentions' }))
  const rows = await app.database.db('links').select('link_type').orderBy('link_type')
  expect(rows).toEqual([{ link_type: 'mentions' }, { link_type: 'triggered' }])
})
