/** The runner protocol as a scripted attempt speaks it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { AttemptSpec } from '#app/core/attempt.ts'

/** The app ended the attempt (401, 409): nothing more can be said. */
export class Fenced extends Error {}

export interface AppCall {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

const RETRY_MS = 100
/** The token outlives the deadline; a result may come late while the app restarts. */
const AFTER_DEADLINE_MS = 120_000

/** One call to the app, tried again while it cannot be reached. Answers its JSON, null when it has none. */
export async function callApp(
  spec: Pick<AttemptSpec, 'appUrl' | 'token' | 'deadlineAt'>,
  call: AppCall,
  signal: AbortSignal
): Promise<unknown> {
  const giveUpAt = Date.parse(spec.deadlineAt) + AFTER_DEADLINE_MS
  for (;;) {
    const answer = await tryCall(spec, call, signal)
    if (answer instanceof Response && answer.ok) return readJson(answer)
    if (answer instanceof Response && answer.status < 500) {
      const text = await answer.text()
      const what = `${call.method} ${call.path}: HTTP ${answer.status} ${text}`
      throw answer.status === 401 || answer.status === 409 ? new Fenced(what) : new Error(what)
    }
    if (Date.now() > giveUpAt) throw new Error(`${call.method} ${call.path}: the app is away`)
    await delay(RETRY_MS, undefined, { signal })
  }
}

async function tryCall(
  spec: Pick<AttemptSpec, 'appUrl' | 'token'>,
  call: AppCall,
  signal: AbortSignal
): Promise<Response | Error> {
  try {
    const type = typeof call.body === 'string' ? 'application/json' : 'application/octet-stream'
    const body =
      typeof call.body === 'string' || call.body === undefined
        ? call.body
        : new Uint8Array(call.body)
    return await fetch(`${spec.appUrl}/api/v1/runner${call.path}`, {
      method: call.method,
      body,
      headers: { authorization: `Bearer ${spec.token}`, 'content-type': type, ...call.headers },
      signal
    })
  } catch (error) {
    signal.throwIfAborted()
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function readJson(answer: Response): Promise<unknown> {
  const text = await answer.text()
  return text === '' ? null : JSON.parse(text)
}
