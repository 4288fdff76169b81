import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Store } from '#app/ports/store.ts'
import type { RetainedDeliveries } from '#app/usecases/retain-deliveries.ts'
import type { SweptDeliveries } from '#app/usecases/sweep-deliveries.ts'

export interface Metrics {
  readonly registry: Registry
  webhook(outcome: string, seconds: number): void
  work(kind: 'delivery' | 'effect' | 'run', outcome: string): void
  swept(deliveries: SweptDeliveries): void
  retained(deliveries: RetainedDeliveries): void
}

/** The product's figures; rows are counted when they are asked for, in database truth. */
export function createMetrics(store: Store): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'stagewright_' })
  const registers = [registry]
  const webhooks = new Counter({
    name: 'stagewright_webhooks_total',
    help: 'Webhook requests by outcome.',
    labelNames: ['outcome'],
    registers
  })
  const seconds = new Histogram({
    name: 'stagewright_webhook_seconds',
    help: 'Time to answer a webhook.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2],
    registers
  })
  const work = new Counter({
    name: 'stagewright_work_total',
    help: 'Work done by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    registers
  })
  const missed = new Counter({
    name: 'stagewright_missed_deliveries_total',
    help: 'Deliveries that GitHub has and the inbox had not: asked for again, arrived, given up.',
    labelNames: ['outcome'],
    registers
  })
  const removed = new Counter({
    name: 'stagewright_deliveries_removed_total',
    help: 'What retention took: bodies, or whole rows with their keys.',
    labelNames: ['what'],
    registers
  })
  new Gauge({
    name: 'stagewright_deliveries',
    help: 'Stored deliveries that are not done, by state.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset()
      const counts = await store.transaction(({ deliveries }) => deliveries.counts())
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count)
    }
  })
  new Gauge({
    name: 'stagewright_runs',
    help: 'Runs that have not ended, by state and stage.',
    labelNames: ['state', 'stage'],
    registers,
    async collect() {
      this.reset()
      for (const row of await store.transaction(({ runLists }) => runLists.counts())) {
        this.set({ state: row.state, stage: row.stage }, row.count)
      }
    }
  })
  return {
    registry,
    webhook(outcome, took) {
      webhooks.inc({ outcome })
      seconds.observe(took)
    },
    work(kind, outcome) {
      work.inc({ kind, outcome })
    },
    swept({ asked, arrived, gaveUp }) {
      missed.inc({ outcome: 'asked' }, asked)
      missed.inc({ outcome: 'arrived' }, arrived)
      missed.inc({ outcome: 'gave_up' }, gaveUp)
    },
    retained({ bodies, keys }) {
      removed.inc({ what: 'body' }, bodies)
      removed.inc({ what: 'row' }, keys)
    }
  }
}
