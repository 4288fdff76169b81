/** Shapes of what a runner sends; the types are core's (`app/core/attempt.ts`). */
import { z } from 'zod'
import type { RunnerEvent, RunnerReport } from '#app/core/attempt.ts'

const at = z.iso.datetime({ offset: true })
/** Postgres text holds no NUL. */
const text = (limit: number) =>
  z
    .string()
    .max(limit)
    .transform(value => value.replaceAll('\u0000', '\u{FFFD}'))

const EVENT_TYPES = [
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
] as const satisfies ReadonlyArray<RunnerEvent['type']>

const RunnerEventBody = z.object({
  seq: z.number().int().positive(),
  type: z.enum(EVENT_TYPES),
  at,
  data: z.record(z.string().max(100), z.union([text(4096), z.number(), z.boolean(), z.null()]))
})

export const EventsBody = z.object({ events: z.array(RunnerEventBody).max(100) })

export const LogBody = z.object({ at, text: text(128 * 1024) })

export const ReportBody = z.object({
  outcome: z.enum(['finished', 'agent_failed', 'stopped', 'place_failed']),
  exitCode: z.number().int().nullable(),
  signal: z.string().max(20).nullable(),
  message: text(4096).nullable(),
  report: text(1024 * 1024).nullable(),
  lastLines: text(16 * 1024),
  sessionId: z.string().max(200).nullable(),
  sessionResumed: z.boolean(),
  headSha: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .nullable(),
  bundle: z
    .object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.number().int().nonnegative() })
    .nullable()
}) satisfies z.ZodType<RunnerReport>
