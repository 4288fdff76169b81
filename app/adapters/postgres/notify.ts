/** Hints between replicas over LISTEN and NOTIFY. Losing one costs a poll, so nothing here is a record. */
import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import type { Wake, WakeKind } from '#app/ports/workers.ts'
import { reaching } from './database-errors.ts'
import { ListeningSession } from './listening-session.ts'
import { query } from './query.ts'

const CHANNEL = 'stagewright_work'
const KINDS = ['deliveries', 'effects', 'runs'] as const satisfies readonly WakeKind[]
/** A NOTIFY takes a lock of the whole server at its commit, so a kind is told this often at most. */
const COALESCE_MS = 50

export interface WakeOptions {
  /** Where the listening session connects; it is one of its own, beside the pool. */
  readonly url: string
  /** Sends the NOTIFYs. */
  readonly db: Knex
  /** How often the session is looked at, in milliseconds; default 10 s. */
  readonly checkMs?: number
  /** How long it may take to answer, in milliseconds; default 5 s. */
  readonly answerMs?: number
}

export type PostgresWake = Wake & {
  /** Ends the session and forgets the listeners. */
  close(): Promise<void>
}

/**
 * Listeners of this process are called at once, those of other replicas after at most 50 ms and a
 * round trip; both may be called for nothing and must not throw. After a lost session all kinds are
 * hinted, because hints may have been missed. Throws DATABASE_UNREACHABLE when the first connection
 * fails; later ones are tried until `close`.
 */
export async function postgresWake(options: WakeOptions): Promise<PostgresWake> {
  // Our own notifications come back to us; this process has been woken then.
  const origin = randomUUID()
  const listeners = new Set<(kind: WakeKind) => void>()
  const wake = (kind: WakeKind): void => {
    for (const listener of listeners) listener(kind)
  }
  const session = new ListeningSession({
    url: options.url,
    channel: CHANNEL,
    checkMs: options.checkMs ?? 10_000,
    answerMs: options.answerMs ?? 5000,
    heard: payload => {
      const [word, from] = payload.split(' ')
      const kind = KINDS.find(known => known === word)
      if (kind !== undefined && from !== origin) wake(kind)
    },
    back: () => KINDS.forEach(wake)
  })
  await reaching('listening for work', () => session.open())
  const sender = coalesced(kind => notify(options.db, `${kind} ${origin}`))
  return {
    hint(kind) {
      wake(kind)
      sender.send(kind)
    },
    on(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      listeners.clear()
      await Promise.all([sender.close(), session.close()])
    }
  }
}

async function notify(db: Knex, payload: string): Promise<void> {
  try {
    await query(db, 'select pg_notify(:channel, :payload)', { channel: CHANNEL, payload })
  } catch {
    // A hint is all that is lost: the others find the work at their next poll, and whoever needs
    // the database for more than a hint reports that it is away.
  }
}

/** Sends the first of a kind at once and what comes within 50 ms after it as one more. */
function coalesced(send: (kind: WakeKind) => Promise<void>): {
  send(kind: WakeKind): void
  close(): Promise<void>
} {
  const resting = new Map<WakeKind, NodeJS.Timeout>()
  const asked = new Set<WakeKind>()
  const sending = new Set<Promise<void>>()
  const start = (kind: WakeKind): void => {
    const sent = send(kind).finally(() => sending.delete(sent))
    sending.add(sent)
    resting.set(kind, setTimeout(wakeUp, COALESCE_MS, kind).unref())
  }
  const wakeUp = (kind: WakeKind): void => {
    resting.delete(kind)
    if (asked.delete(kind)) start(kind)
  }
  return {
    send(kind) {
      if (resting.has(kind)) asked.add(kind)
      else start(kind)
    },
    async close() {
      for (const timer of resting.values()) clearTimeout(timer)
      asked.clear()
      await Promise.all(sending)
    }
  }
}
