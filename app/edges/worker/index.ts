/** The worker: claims deliveries, effects and runs, keeps its leases, sweeps. Everything it holds can be taken over. */
import type { ClaimedDelivery, DeliveryOutcome } from '#app/core/delivery.ts'
import { AppError, hasCode } from '#app/core/errors.ts'
import type { Run } from '#app/core/run.ts'
import type { Wake, WorkerInstance } from '#app/ports/workers.ts'
import { giveUpRun, mayTryAgain } from '#app/usecases/give-up-run.ts'
import { performEffect } from '#app/usecases/perform-effect.ts'
import { reconcileRun } from '#app/usecases/reconcile-run.ts'
import { sweep } from '#app/usecases/sweep.ts'
import type { World } from '#app/usecases/world.ts'
import { type Loop, startLoop } from './loop.ts'
import { createPool, handling } from './pool.ts'
import { succeedDead } from './succeed-dead.ts'

/** Decisions 21: heartbeat 5 s, lease 15 s, sweep 5 s. */
const HEARTBEAT_MS = 5000
const LEASE_SECONDS = 15
const SWEEP_MS = 5000
const POLL_MS = 1000
/** A delivery or an effect that nobody renews may be taken by another worker after this. */
const WORK_LEASE_SECONDS = 20
/** Runs that begin have their own room: else those that end would keep them waiting. */
const AT_ONCE = { deliveries: 8, effects: 8, runs: 16, starts: 8 } as const
/** While runs begin, so many effects: what is shown of a run may wait a moment for its agent, not the other way round. */
const EFFECTS_BESIDE_STARTS = 2

export interface WorkerOptions {
  readonly instance: WorkerInstance
  readonly receive: (delivery: ClaimedDelivery) => Promise<DeliveryOutcome>
  /** Whether a process of this machine lives. */
  readonly isAlive: (pid: number) => boolean
  readonly observe: (kind: 'delivery' | 'effect' | 'run', outcome: string) => void
}

export interface Worker {
  /** Stops claiming, lets what is short end, hands the rest over. */
  stop(): Promise<void>
}

export async function startWorker(
  world: World & { readonly wake: Wake },
  options: WorkerOptions
): Promise<Worker> {
  const { instance } = options
  const me = instance.id
  const log = world.log.child({ worker: me })
  await world.store.transaction(({ workers }) => workers.register(instance))
  await succeedDead(world, options)
  const inHand = { deliveries: new Set<string>(), effects: new Set<number>() }
  const held = new Map<string, Promise<void>>()
  /** Failed steps in a row, by run. */
  const failing = new Map<string, number>()
  /** Runs on their way to an agent. */
  const starting = new Set<string>()

  const deliveries = workLoop('deliveries', async free => {
    const claimed = await world.store.transaction(table =>
      table.deliveries.claim(me, free, WORK_LEASE_SECONDS)
    )
    return claimed.map(
      delivery => () => handling(inHand.deliveries, delivery.id, () => workDelivery(delivery))
    )
  })
  const effects = workLoop('effects', async room => {
    const free = starting.size > 0 ? room - AT_ONCE.effects + EFFECTS_BESIDE_STARTS : room
    if (free <= 0) return []
    const claimed = await world.store.transaction(table =>
      table.effects.claim(me, free, WORK_LEASE_SECONDS)
    )
    return claimed.map(
      effect => () =>
        handling(inHand.effects, effect.id, async () => {
          await performEffect(
            { ...world, log: log.child({ delivery: effect.correlationId, run: effect.run }) },
            effect,
            me
          )
          options.observe('effect', effect.effect.kind)
        })
    )
  })
  const runs = startLoop({ name: 'runs', everyMs: POLL_MS, log, pass: passRuns })
  const beat = startLoop({ name: 'heartbeat', everyMs: HEARTBEAT_MS, log, pass: passHeartbeat })
  const cleaner = startLoop({ name: 'sweep', everyMs: SWEEP_MS, log, pass: passSweep })
  const unsubscribe = world.wake.on(kind =>
    ({ deliveries: deliveries.loop, effects: effects.loop, runs })[kind].wake()
  )

  function workLoop(
    name: 'deliveries' | 'effects',
    claim: (free: number) => Promise<ReadonlyArray<() => Promise<void>>>
  ): { readonly loop: Loop; readonly idle: () => Promise<void> } {
    const pool = createPool(AT_ONCE[name], () => loop.wake())
    const loop: Loop = startLoop({
      name,
      everyMs: POLL_MS,
      log,
      pass: async () => {
        const free = pool.free()
        if (free <= 0) return false
        const work = await claim(free)
        for (const one of work) pool.begin(() => guarded(name, one))
        return false
      }
    })
    return { loop, idle: () => pool.idle() }
  }

  async function guarded(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      log.error(
        { loop: name, err: error },
        'work went wrong; its lease runs out and it is taken again'
      )
    }
  }

  async function workDelivery(delivery: ClaimedDelivery): Promise<void> {
    const own = log.child({ delivery: delivery.id, event: delivery.event })
    let outcome: DeliveryOutcome
    try {
      outcome = await options.receive(delivery)
    } catch (error) {
      const known =
        error instanceof AppError
          ? error
          : new AppError('INTERNAL', 'working a delivery', { cause: error })
      // GitHub or the database is away: that is no fault of the delivery's.
      const patient = known.retry && known.code !== 'INTERNAL'
      const backoff = patient ? 5 : Math.min(2 ** delivery.attempts, 60)
      const wait = Number(known.fields.retryAfterSeconds ?? backoff)
      own.warn({ err: known, afterSeconds: wait }, 'delivery will be tried again')
      const reason = world.redactor.redact(`${known.code}: ${known.message}`)
      outcome = known.retry
        ? { kind: 'retry', afterSeconds: wait, reason, patient }
        : { kind: 'quarantined', reason }
    }
    await world.store.transaction(table => table.deliveries.settle(delivery.id, me, outcome))
    const word = outcome.kind === 'done' ? outcome.disposition : outcome.kind
    options.observe('delivery', word)
    own.info({ outcome: word, reason: outcome.reason }, 'delivery worked')
  }

  async function passRuns(): Promise<boolean> {
    const room = AT_ONCE.starts - starting.size
    const work = await world.store.transaction(async table => {
      const due = await table.runLists.due(me, AT_ONCE.runs)
      if (room <= 0) return due
      const claimed = await table.runs.claim(me, {
        count: room,
        leaseSeconds: LEASE_SECONDS,
        totalLimit: world.settings.maxRuns
      })
      return [...due, ...claimed]
    })
    for (const run of work) hold(run)
    return false
  }

  /** One step sequence at a time per run: a second look waits for the first to end. */
  function hold(run: Run): void {
    if (held.has(run.id)) return
    if (run.phase === 'created' || run.phase === 'preparing') starting.add(run.id)
    const own = world.log.child({ delivery: run.correlationId, run: run.id, fence: run.fence })
    const work = reconcileRun({ ...world, log: own, load: () => held.size }, run)
      .then(
        after => {
          failing.delete(run.id)
          if (after.state !== 'running') {
            options.observe('run', after.state)
            own.info({ state: after.state, reason: after.reason }, 'run ended')
          }
        },
        error => failed(run, error)
      )
      .finally(() => {
        held.delete(run.id)
        runs.wake()
        if (starting.delete(run.id)) effects.loop.wake()
      })
    held.set(run.id, work)
  }

  async function failed(run: Run, error: unknown): Promise<void> {
    if (hasCode(error, 'FENCED')) {
      log.warn({ run: run.id }, 'run was taken over; this worker lets go')
      return
    }
    const failures = (failing.get(run.id) ?? 0) + 1
    failing.set(run.id, failures)
    log.error({ run: run.id, failures, err: error }, 'reconcile went wrong')
    try {
      if (mayTryAgain(error, failures)) {
        const nextCheckInSeconds = Math.min(2 + failures * 2, 15)
        await world.store.transaction(table =>
          table.runs.change(run.id, run.fence, { nextCheckInSeconds })
        )
        return
      }
      failing.delete(run.id)
      await giveUpRun({ ...world, load: () => held.size }, run, error)
      world.wake.hint('effects')
    } catch (later) {
      log.warn({ run: run.id, err: later }, 'run could not be put off; its lease settles it')
    }
  }

  async function passHeartbeat(): Promise<boolean> {
    await world.store.transaction(async table => {
      await table.workers.heartbeat(me, {
        deliveries: [...inHand.deliveries],
        effects: [...inHand.effects],
        leaseSeconds: WORK_LEASE_SECONDS
      })
      await table.runs.renew(me, LEASE_SECONDS)
    })
    return false
  }

  async function passSweep(): Promise<boolean> {
    await sweep({ ...world, log })
    return false
  }

  return {
    async stop() {
      unsubscribe()
      await Promise.all([
        deliveries.loop.drain(),
        effects.loop.drain(),
        runs.drain(),
        cleaner.drain()
      ])
      await Promise.all([deliveries.idle(), effects.idle(), Promise.allSettled(held.values())])
      await beat.drain()
      await world.store.transaction(({ workers }) => workers.stop(me))
      log.info({}, 'worker stopped; what it held is handed over')
    }
  }
}
