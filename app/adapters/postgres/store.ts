import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Store, Tables } from '#app/ports/store.ts'
import type { WakeKind } from '#app/ports/workers.ts'
import { postgresAttemptLists, postgresAttempts } from './attempts.ts'
import { postgresAudit } from './audit.ts'
import { isContention, reaching } from './database-errors.ts'
import { postgresDeliveries } from './deliveries.ts'
import { postgresDeliveryLists, postgresDeliveryRetention } from './delivery-lists.ts'
import { postgresEffects } from './effects.ts'
import type { Hint } from './hint.ts'
import { postgresLinks } from './links.ts'
import { postgresLogs } from './logs.ts'
import { postgresDeliverySweeps, postgresMissedDeliveries } from './missed-deliveries.ts'
import { postgresProjects } from './projects.ts'
import { postgresRunEvents } from './run-events.ts'
import { postgresRunLists } from './run-lists.ts'
import { postgresRuns } from './runs.ts'
import { postgresSessions } from './sessions.ts'
import { postgresWorkers } from './workers.ts'

/** Times a transaction that lost against another one is tried again. */
const RETRIES = 3

/**
 * The store on Postgres. `hint` is called after the commit, once per kind of work that the
 * transaction made ready; it must not throw.
 */
export function postgresStore(db: Knex, hint: Hint = () => undefined): Store {
  return {
    async transaction(work) {
      const { result, kinds } = await retried(() => once(db, work))
      for (const kind of kinds) hint(kind)
      return result
    }
  }
}

async function once<T>(
  db: Knex,
  work: (tables: Tables) => Promise<T>
): Promise<{ readonly result: T; readonly kinds: ReadonlySet<WakeKind> }> {
  const kinds = new Set<WakeKind>()
  const result = await reaching('working on the store', () =>
    db.transaction(transaction => work(tablesOn(transaction, kind => kinds.add(kind))))
  )
  return { result, kinds }
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= RETRIES; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isContention(error)) throw error
      // A random pause, so that the two that met do not meet again.
      await sleep(Math.random() * 25 * attempt)
    }
  }
  return work()
}

function tablesOn(db: Knex, hint: Hint): Tables {
  return {
    projects: postgresProjects(db),
    deliveries: postgresDeliveries(db, hint),
    deliveryLists: postgresDeliveryLists(db, hint),
    deliveryRetention: postgresDeliveryRetention(db),
    deliverySweeps: postgresDeliverySweeps(db),
    missedDeliveries: postgresMissedDeliveries(db),
    runs: postgresRuns(db, hint),
    runLists: postgresRunLists(db),
    attempts: postgresAttempts(db),
    attemptLists: postgresAttemptLists(db),
    runEvents: postgresRunEvents(db),
    logs: postgresLogs(db),
    sessions: postgresSessions(db),
    effects: postgresEffects(db, hint),
    audit: postgresAudit(db),
    links: postgresLinks(db),
    workers: postgresWorkers(db, hint)
  }
}
