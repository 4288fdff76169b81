/** Model providers behind the platform's own keys (decisions 28): no key reaches an agent's place. */
import { AppError } from '#app/core/errors.ts'
import type { ModelUpstream } from '#app/ports/platform.ts'
import { PROVIDERS, type Provider } from './providers.ts'

export interface ModelProviderSettings {
  /** What stands before `/v1/...`; a `/v1` at its end is taken as said twice. */
  readonly baseUrl: string
  readonly apiKey: string
}

export interface ModelUpstreamOptions {
  readonly providers: {
    readonly openai?: ModelProviderSettings
    readonly anthropic?: ModelProviderSettings
  }
  readonly fetch?: typeof fetch
  /** Until the answer's headers; a model that thinks before it streams may be silent for long. */
  readonly firstAnswerMs?: number
}

/** What an agent's client may say; everything else, its own credentials first, stays here. */
const REQUEST_HEADERS = [
  'accept',
  'anthropic-beta',
  'anthropic-version',
  'content-encoding',
  'content-type',
  'openai-beta'
]
/** What an agent's client may learn. Length and encoding are gone: fetch unpacks the body. */
const ANSWER_HEADERS = [
  'anthropic-request-id',
  'cache-control',
  'content-type',
  'openai-processing-ms',
  'request-id',
  'retry-after',
  'retry-after-ms',
  'x-request-id',
  'x-should-retry'
]
const ANSWER_HEADER_FAMILIES = /^(x-ratelimit-|anthropic-ratelimit-)/

/**
 * Forwards generation requests as they come, streaming both ways; aborting the request, or dropping
 * its answer, ends the call upstream. The provider's own errors are passed on; 401 and 403 become
 * MODEL_UNAVAILABLE, because it is our key that was refused.
 */
export function createModelUpstream(options: ModelUpstreamOptions): ModelUpstream {
  const { fetch: send = globalThis.fetch, firstAnswerMs = 600_000 } = options

  return {
    async forward(name, path, request) {
      const provider = PROVIDERS[name]
      const settings = isConfigured(options, name) ? options.providers[name] : undefined
      if (provider === undefined || settings === undefined) {
        throw new AppError(
          'NOT_FOUND',
          `calling the model provider "${name}": it is not configured`
        )
      }
      const url = targetOf(settings, provider, { name, path, method: request.method })
      const timer = new AbortController()
      const stop = setTimeout(() => timer.abort(), firstAnswerMs)
      let answer: Response
      try {
        answer = await send(url, {
          method: request.method,
          headers: outgoing(request.headers, provider.authorize(settings.apiKey)),
          ...(request.body === null ? {} : { body: request.body, duplex: 'half' }),
          redirect: 'error',
          signal: AbortSignal.any([request.signal, timer.signal])
        })
      } catch (cause) {
        throw unavailable(name, 'no answer', { cause })
      } finally {
        clearTimeout(stop)
      }
      if (answer.status === 401 || answer.status === 403) {
        await answer.body?.cancel()
        throw unavailable(name, `it refused the platform's key with ${answer.status}`)
      }
      return new Response(answer.body, { status: answer.status, headers: incoming(answer.headers) })
    }
  }
}

function isConfigured(
  options: ModelUpstreamOptions,
  name: string
): name is keyof ModelUpstreamOptions['providers'] {
  return Object.hasOwn(options.providers, name)
}

function unavailable(name: string, what: string, options: ErrorOptions = {}): AppError {
  return new AppError('MODEL_UNAVAILABLE', `calling the model provider "${name}": ${what}`, options)
}

/** Only exact paths pass, so no `..`, double slash or encoded character gets anywhere. */
function targetOf(
  settings: ModelProviderSettings,
  provider: Provider,
  call: { readonly name: string; readonly path: string; readonly method: string }
): string {
  const [path = '', ...query] = call.path.split('?')
  const allowed = provider.paths.find(one => one.method === call.method && one.path === path)
  if (allowed === undefined) {
    const offered = provider.paths.map(one => `${one.method} ${one.path}`).join(', ')
    throw new AppError(
      'NOT_FOUND',
      `calling the model provider "${call.name}": ${call.method} ${path} is not offered; there is ${offered}`
    )
  }
  const base = settings.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')
  const search = query.length > 0 ? `?${query.join('?')}` : ''
  return `${base}${path}${search}`
}

function outgoing(from: Headers, ours: Readonly<Record<string, string>>): Headers {
  const headers = new Headers({ 'user-agent': 'stagewright' })
  for (const name of REQUEST_HEADERS) {
    const value = from.get(name)
    if (value !== null) headers.set(name, value)
  }
  for (const [name, value] of Object.entries(ours)) headers.set(name, value)
  return headers
}

function incoming(from: Headers): Headers {
  const headers = new Headers()
  for (const [name, value] of from) {
    if (ANSWER_HEADERS.includes(name) || ANSWER_HEADER_FAMILIES.test(name)) headers.set(name, value)
  }
  return headers
}
