/** What a launcher may say, brought into shape: it stands with the agent, so nothing is believed as it comes. */
import type { RunnerEvent, RunnerReport } from '#app/core/attempt.ts'
import { fail } from './failure.ts'

const OUTCOMES = ['finished', 'agent_failed', 'stopped', 'place_failed'] as const
const EVENTS = [
  'place.ready',
  'session.restored',
  'session.saved',
  'agent.started',
  'agent.message',
  'agent.command',
  'agent.tool',
  'agent.tokens',
  'agent.ended',
  'bundle.made',
  'warning'
] as const

const MOST_REPORT = 256 * 1024
const MOST_TEXT = 4 * 1024
/** What the app takes in an event's data; a batch with more would be refused as a whole. */
const MOST_KEYS = 30
const MOST_KEY = 100
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z')
/** An ISO time with seconds and a zone, as the app reads it. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** Throws INVALID_ARGUMENT when the outcome is none we know; everything else is cut to size. */
export function readReport(value: unknown): RunnerReport {
  const fields = asRecord(value)
  const outcome = OUTCOMES.find(known => known === fields.outcome)
  if (outcome === undefined) throw fail('INVALID_ARGUMENT', 'reading a report: unknown outcome')
  return {
    outcome,
    exitCode: typeof fields.exitCode === 'number' ? Math.trunc(fields.exitCode) : null,
    signal: text(fields.signal, 32),
    message: text(fields.message, MOST_TEXT),
    report: text(fields.report, MOST_REPORT),
    lastLines: text(fields.lastLines, MOST_TEXT) ?? '',
    sessionId: text(fields.sessionId, 256),
    sessionResumed: fields.sessionResumed === true,
    headSha: hex(fields.headSha, 40, 64),
    bundle: bundleOf(fields.bundle)
  }
}

/** Throws INVALID_ARGUMENT when a type is none we know. */
export function readEvents(value: unknown): readonly RunnerEvent[] {
  const events = asRecord(value).events
  if (!Array.isArray(events) || events.length > 100) {
    throw fail('INVALID_ARGUMENT', 'reading events: at most 100 in a list')
  }
  return events.map(readEvent)
}

/** A report for an attempt whose launcher could not make one. */
export function bareReport(outcome: RunnerReport['outcome'], message: string): RunnerReport {
  return {
    outcome,
    exitCode: null,
    signal: null,
    message: message.slice(0, MOST_TEXT),
    report: null,
    lastLines: '',
    sessionId: null,
    sessionResumed: false,
    headSha: null,
    bundle: null
  }
}

function readEvent(value: unknown): RunnerEvent {
  const fields = asRecord(value)
  const type = EVENTS.find(known => known === fields.type)
  if (type === undefined) throw fail('INVALID_ARGUMENT', 'reading an event: unknown type')
  const data = Object.entries(asRecord(fields.data ?? {})).flatMap(([name, entry]) =>
    isPlain(entry)
      ? [
          [
            clean(name.slice(0, MOST_KEY)),
            typeof entry === 'string' ? clean(entry) : entry
          ] as const
        ]
      : []
  )
  return { type, at: timeOf(fields.at), data: Object.fromEntries(data.slice(0, MOST_KEYS)) }
}

/** The launcher's time of an event, in UTC; ours when it gave none or one that no database takes. */
function timeOf(value: unknown): string {
  const known = typeof value === 'string' && value.length <= 40 && ISO_TIME.test(value)
  const time = known ? Date.parse(value) : Number.NaN
  return new Date(time >= 0 && time <= LAST_TIME ? time : Date.now()).toISOString()
}

function bundleOf(value: unknown): RunnerReport['bundle'] {
  if (value === null || value === undefined) return null
  const fields = asRecord(value)
  const sha256 = hex(fields.sha256, 64, 64)
  if (sha256 === null || typeof fields.bytes !== 'number') {
    throw fail('INVALID_ARGUMENT', 'reading a report: the bundle needs sha256 and bytes')
  }
  return { sha256, bytes: fields.bytes }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    throw fail('INVALID_ARGUMENT', 'reading what the launcher sent: not an object')
  }
  return value as Readonly<Record<string, unknown>>
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function text(value: unknown, most: number): string | null {
  return typeof value === 'string' ? clean(value.slice(0, most)) : null
}

/** Postgres takes neither NUL nor half a character in its JSON. */
function clean(value: string): string {
  return value.replaceAll('\0', '\uFFFD').toWellFormed()
}

function hex(value: unknown, least: number, most: number): string | null {
  if (typeof value !== 'string') return null
  return value.length >= least && value.length <= most && /^[0-9a-f]+$/.test(value) ? value : null
}
