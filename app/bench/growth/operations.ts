/** What must not become slower with the years: each operation is timed as the product does it. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { NewDelivery } from '#app/core/delivery.ts'
import type { RunState } from '#app/core/run.ts'
import type { Inbox } from '#app/ports/inbox.ts'
import type { Store, Tables } from '#app/ports/store.ts'
import { newRun } from '#app/testing/stored-runs.ts'
import { deliveryId } from './delivery-id.ts'

export interface Place {
  readonly store: Store
  readonly inbox: Inbox
  /** A run and a delivery with as many before as after them. */
  readonly middle: { readonly run: string; readonly delivery: string }
}

export interface Operation {
  readonly figure: 'claim_ratio' | 'list_ratio' | 'ingest_ratio'
  readonly name: string
  /** Makes what is needed, untimed, and returns what is to be timed. */
  prepare(place: Place): Promise<() => Promise<unknown>>
  /** Clears up, untimed. */
  settle?(place: Place): Promise<void>
}

const WORKER = 'bench'
const PAGE = 20
const GROUP = 20
const LEASE_SECONDS = 60
const BODY = Buffer.alloc(7700, '{"action": "labeled", "issue": {"title": "Add a door"}} ')

export const OPERATIONS: readonly Operation[] = [
  {
    figure: 'claim_ratio',
    name: 'claim 10 of 20 deliveries',
    prepare: async place => {
      await putAll(place)
      return () =>
        place.store.transaction(tables => tables.deliveries.claim(WORKER, 10, LEASE_SECONDS))
    },
    settle: settleDeliveries
  },
  {
    figure: 'claim_ratio',
    name: 'claim a run',
    prepare: async place => {
      await place.store.transaction(({ runs }) => runs.insert(fresh()))
      return () => claimRuns(place)
    },
    settle: place =>
      place.store.transaction(async ({ runLists, runs }) => {
        for (const run of await runLists.due(WORKER, 100)) {
          await runs.change(run.id, run.fence, { state: 'succeeded' })
        }
      })
  },
  {
    figure: 'claim_ratio',
    name: 'find nothing to claim',
    prepare: async place => () => poll(place)
  },
  {
    figure: 'claim_ratio',
    name: 'claim 10 effects',
    prepare: async place => {
      await place.store.transaction(async ({ effects }) => {
        for (let n = 0; n < 10; n += 1) {
          const effect = { kind: 'sync-check-run', run: randomUUID() } as const
          await effects.add({ key: randomUUID(), effect, lane: 1, run: null, correlationId: null })
        }
      })
      return () =>
        place.store.transaction(({ effects }) => effects.claim(WORKER, 10, LEASE_SECONDS))
    },
    settle: place =>
      place.store.transaction(async ({ effects, workers }) => {
        await workers.stop(WORKER)
        for (const { id, revision } of await effects.claim(WORKER, 100, LEASE_SECONDS)) {
          await effects.settle(id, WORKER, { kind: 'done', revision, result: {} })
        }
      })
  },
  {
    figure: 'claim_ratio',
    name: 'hand over what a worker holds',
    prepare:
      async ({ store }) =>
      () =>
        store.transaction(({ workers }) => workers.stop(WORKER))
  },
  list('newest runs', tables => runsPage(tables, {})),
  list('runs from the middle on', (tables, { middle }) => runsPage(tables, { before: middle.run })),
  list('active runs', tables => runsPage(tables, { states: ['pending', 'running'] })),
  list('failed runs', tables => runsPage(tables, { states: ['failed'] })),
  list('runs that timed out', tables => runsPage(tables, { states: ['timed_out'] })),
  list('newest run of an issue', ({ runLists }) => runLists.latest('repository7', { issue: 5 })),
  list('newest deliveries', ({ deliveryLists }) => deliveryLists.list({ limit: PAGE })),
  list('deliveries from the middle on', ({ deliveryLists }, { middle }) =>
    deliveryLists.list({ limit: PAGE, before: middle.delivery })
  ),
  list('quarantined deliveries', ({ deliveryLists }) =>
    deliveryLists.list({ limit: PAGE, states: ['quarantined'] })
  ),
  list('open deliveries', ({ deliveryLists }) =>
    deliveryLists.list({ states: ['waiting', 'working'], limit: PAGE })
  ),
  list('counts for the metrics', async ({ deliveries, runLists }) => {
    await deliveries.counts()
    await runLists.counts()
  }),
  {
    figure: 'ingest_ratio',
    name: `store ${GROUP} deliveries`,
    prepare: async place => () => putAll(place),
    settle: settleDeliveries
  }
]

function list(name: string, read: (tables: Tables, place: Place) => Promise<unknown>): Operation {
  return {
    figure: 'list_ratio',
    name,
    prepare: async place => () => place.store.transaction(tables => read(tables, place))
  }
}

/** As `stagewright runs` does it. */
async function runsPage(
  { runLists, projects }: Tables,
  filter: { readonly before?: string; readonly states?: readonly RunState[] }
): Promise<void> {
  for (const run of await runLists.list({ limit: PAGE, ...filter })) {
    await projects.repositoryById(run.repositoryId)
  }
}

async function putAll(place: Place): Promise<void> {
  await Promise.all(Array.from({ length: GROUP }, () => place.inbox.put(delivery())))
}

function delivery(): NewDelivery {
  return { id: deliveryId(), event: 'issues', subject: randomUUID(), body: BODY }
}

async function settleDeliveries({ store }: Place): Promise<void> {
  for (;;) {
    const claimed = await store.transaction(async ({ deliveries, workers }) => {
      // What the timed claim took is taken back first.
      await workers.stop(WORKER)
      const rows = await deliveries.claim(WORKER, 100, LEASE_SECONDS)
      for (const { id } of rows) {
        await deliveries.settle(id, WORKER, { kind: 'done', disposition: 'no_rule', reason: null })
      }
      return rows.length
    })
    if (claimed === 0) return
  }
}

function fresh(): Parameters<Tables['runs']['insert']>[0] {
  const id = randomBytes(6).toString('hex')
  const issueNumber = 1_000_000_000 + Math.floor(Math.random() * 1_000_000_000)
  return newRun({ id, repositoryId: 'repository7', triggerKey: id, issueNumber })
}

function claimRuns({ store }: Place): Promise<unknown> {
  const options = { count: 4, leaseSeconds: LEASE_SECONDS, totalLimit: 100 }
  return store.transaction(({ runs }) => runs.claim(WORKER, options))
}

/** What a worker asks every few seconds. */
async function poll(place: Place): Promise<void> {
  const { store } = place
  await store.transaction(({ deliveries }) => deliveries.claim(WORKER, 10, LEASE_SECONDS))
  await store.transaction(({ effects }) => effects.claim(WORKER, 10, LEASE_SECONDS))
  await store.transaction(({ deliveries }) => deliveries.releaseExpired())
  await store.transaction(({ effects }) => effects.releaseExpired())
  await claimRuns(place)
}
