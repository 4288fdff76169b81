/**
 * For laptops: deliveries fetched from a channel of a smee server (`WEBHOOK_PROXY_URL`) and handed to
 * our own webhook route, which checks them like any other.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '#app/ports/platform.ts'

export interface TunnelOptions {
  /** The channel, such as https://smee.io/ABC. Who knows it can read what passes. */
  readonly source: string
  /** Our webhook route, on loopback. */
  readonly target: string
  readonly log: Log
  /** Longest wait before a channel that was lost is asked for again. */
  readonly patienceMs?: number
}

export interface Tunnel {
  close(): Promise<void>
}

/** What a delivery needs here; the channel also passes on what its own server heard. */
const PASSED_ON = /^(x-github-[a-z-]+|x-hub-signature(-256)?|user-agent)$/i
/** A smee server sends a ping every half minute; a laptop that slept hears none. */
const SILENCE_MS = 100_000
const CONNECT_MS = 20_000
const FORWARD_MS = 30_000
const UNSIGNED =
  "a delivery came through the tunnel with a signature that does not fit: the webhook secret differs, or the channel's server changed the body (docs/guide/install.md)"

/** Keeps the channel open until it is closed, and says in the log when it is lost and back. Never throws. */
export function startTunnel(options: TunnelOptions): Tunnel {
  const { log, source, patienceMs = 30_000 } = options
  const stop = new AbortController()
  async function keepOpen(): Promise<void> {
    let wait = Math.min(500, patienceMs)
    while (!stop.signal.aborted) {
      try {
        await listenOnce(options, stop.signal, () => {
          wait = Math.min(500, patienceMs)
          log.info(
            { source: hostOf(source) },
            'the tunnel is open; deliveries are fetched through it'
          )
        })
      } catch (error) {
        if (stop.signal.aborted) return
        log.warn(
          { source: hostOf(source), err: error, againInMs: wait },
          'the tunnel is closed; what GitHub sends meanwhile is fetched by the sweep'
        )
      }
      await delay(wait, undefined, { signal: stop.signal }).catch(() => {
        // Closed while it waited: the loop's condition ends it.
      })
      wait = Math.min(wait * 2, patienceMs)
    }
  }
  const running = keepOpen()
  return {
    async close() {
      stop.abort()
      await running
    }
  }
}

/** One connection: returns when it was asked to stop, throws when the channel is lost. */
async function listenOnce(
  options: TunnelOptions,
  stop: AbortSignal,
  opened: () => void
): Promise<void> {
  // Half a second to load, which every command would wait for and few need.
  const { SmeeClient } = await import('smee-client')
  const forwarding = new Set<Promise<unknown>>()
  const client = new SmeeClient({
    source: options.source,
    target: options.target,
    queryForwarding: false,
    maxConnectionTimeout: CONNECT_MS,
    logger: { info: () => {}, error: () => {} },
    fetch: (url: string | URL, init: Asking | Forwarding) => {
      if (!('body' in init)) return ask(url, init, stop)
      const sent = forward(options, init)
      forwarding.add(sent)
      return sent.finally(() => forwarding.delete(sent))
    }
  })
  try {
    // An EventSource that is closed while it connects says nothing at all.
    const events = await Promise.race([client.start().catch(asError), aborted(stop)])
    if (events === null) return
    opened()
    await lost(events, stop)
  } finally {
    await client.stop()
    await Promise.allSettled(forwarding)
  }
}

/** How smee-client asks for the channel, and how it hands a delivery on. */
interface Asking {
  readonly headers: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}
interface Forwarding {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Without smee-client's own dispatcher, which Node's fetch may not know how to drive. */
function ask(url: string | URL, { headers, signal }: Asking, stop: AbortSignal): Promise<Response> {
  const both = signal === undefined ? stop : AbortSignal.any([signal, stop])
  return fetch(url, { headers, signal: both, redirect: 'follow', cache: 'no-store' })
}

/** A channel that cannot be opened fails with an event. */
function asError(failure: unknown): never {
  if (failure instanceof Error) throw failure
  const said = (failure as { readonly message?: unknown }).message
  throw new Error(`opening the channel: ${typeof said === 'string' ? said : 'no answer'}`)
}

/** The part of an EventSource that is used here; its own types want a browser's library. */
interface Events {
  addEventListener(type: string, listen: () => void): void
}

/** Resolves at the stop; rejects when the channel breaks, or is silent although it used to ping. */
function lost(events: Events, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = Date.now()
    let pings = false
    for (const type of ['ready', 'message', 'ping']) {
      events.addEventListener(type, () => {
        heard = Date.now()
        pings ||= type === 'ping'
      })
    }
    const watch = setInterval(() => {
      if (pings && Date.now() - heard > SILENCE_MS) end(new Error('the channel fell silent'))
    }, SILENCE_MS / 10)
    const end = (error: Error | null): void => {
      clearInterval(watch)
      if (error === null) resolve()
      else reject(error)
    }
    events.addEventListener('error', () => end(new Error('the channel broke off')))
    void aborted(stop).then(end)
  })
}

function aborted(signal: AbortSignal): Promise<null> {
  if (signal.aborted) return Promise.resolve(null)
  return new Promise(resolve =>
    signal.addEventListener('abort', () => resolve(null), { once: true })
  )
}

/**
 * A smee server parses the body, and smee-client writes it anew, but the signature is over GitHub's
 * bytes. Newer servers send those along (`rawbody`), and they are taken; else what was written anew
 * is GitHub's own spelling as a rule, because GitHub writes compact JSON too. Where it is not, the
 * route refuses the delivery: nothing unsigned comes in, and the log says why.
 */
async function forward({ target, log }: TunnelOptions, init: Forwarding): Promise<Response> {
  const { rawbody, ...given } = init.headers
  const headers = new Headers({ 'content-type': 'application/json' })
  for (const [name, value] of Object.entries(given)) {
    if (PASSED_ON.test(name)) headers.set(name, String(value))
  }
  const answer = await fetch(target, {
    method: 'POST',
    headers,
    body: typeof rawbody === 'string' ? rawbody : init.body,
    signal: AbortSignal.timeout(FORWARD_MS)
  })
  await answer.body?.cancel()
  const delivery = headers.get('x-github-delivery')
  if (answer.status === 401) log.warn({ delivery }, UNSIGNED)
  else if (!answer.ok) log.warn({ delivery, status: answer.status }, 'a delivery was not taken')
  return answer
}

/** A channel of smee.io that nobody else knows of. Throws when there is no way to it. */
export async function newChannel(): Promise<string> {
  const answer = await fetch('https://smee.io/new', {
    method: 'HEAD',
    redirect: 'manual',
    signal: AbortSignal.timeout(CONNECT_MS)
  })
  const channel = answer.headers.get('location')
  if (channel === null) throw new Error(`making a channel: smee.io answered ${answer.status}`)
  return new URL(channel, 'https://smee.io').href
}

/** The path of a channel is its password. */
function hostOf(source: string): string {
  return new URL(source).host
}
