/** Brings what a launcher handed over to the app, in the order in which the app wants it. */
import type { RunnerReport } from '#app/core/attempt.ts'
import { type AppClient, Fenced, GaveUp, Refused } from './app-client.ts'
import type { EventQueue } from './event-queue.ts'
import { describe } from './failure.ts'
import type { LogSpool } from './log-spool.ts'

export interface HandOver {
  session: {
    readonly file: string
    readonly bytes: number
    readonly id: string
    readonly agent: string
  } | null
  bundle: { readonly file: string; readonly bytes: number; readonly sha256: string } | null
}

interface Sender {
  readonly client: AppClient
  readonly log: LogSpool
  readonly events: EventQueue
  readonly handOver: HandOver
}

/**
 * Session, bundle, log and events first, the result last: with it the app closes the attempt.
 * Answers the report as it was delivered. Throws Fenced and GaveUp.
 */
export async function deliver(sender: Sender, report: RunnerReport): Promise<RunnerReport> {
  await sendSession(sender)
  const said = await sendBundle(sender, report)
  await drain(sender)
  await sender.client.call({
    method: 'POST',
    path: '/result',
    body: JSON.stringify(said),
    headers: { 'content-type': 'application/json' }
  })
  return said
}

async function sendSession({ client, events, handOver }: Sender): Promise<void> {
  const { session } = handOver
  if (session === null) return
  try {
    await client.call({
      method: 'PUT',
      path: '/session',
      body: session,
      headers: {
        'content-type': 'application/octet-stream',
        'x-session-id': session.id,
        'x-session-agent': session.agent
      }
    })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    warn(events, `the session was not saved: ${error.message}`)
  }
}

async function sendBundle(sender: Sender, report: RunnerReport): Promise<RunnerReport> {
  const { bundle } = sender.handOver
  if (bundle === null || report.bundle === null) return { ...report, bundle: null }
  try {
    await sender.client.call({
      method: 'PUT',
      path: '/bundle',
      body: bundle,
      headers: { 'content-type': 'application/octet-stream', 'x-content-sha256': bundle.sha256 }
    })
    return { ...report, bundle: { sha256: bundle.sha256, bytes: bundle.bytes } }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const message = `the changes were not taken: ${error.message}`
    return { ...report, outcome: 'place_failed', bundle: null, message }
  }
}

/** The result matters more than the rest of log and events, so the attempt does not fail for these. */
async function drain({ log, events }: Sender): Promise<void> {
  try {
    await log.drain()
  } catch (error) {
    if (isFinal(error)) throw error
    warn(events, `the log was cut: ${describe(error)}`)
  }
  try {
    await events.drain()
  } catch (error) {
    if (isFinal(error)) throw error
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof Fenced || error instanceof GaveUp
}

function warn(events: EventQueue, message: string): void {
  events.add({ type: 'warning', at: new Date().toISOString(), data: { message } })
}
