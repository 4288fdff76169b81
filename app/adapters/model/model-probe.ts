import { AppError } from '#app/core/errors.ts'
import type { ModelProbe } from '#app/ports/diagnosis.ts'
import type { ModelUpstream } from '#app/ports/platform.ts'

const PROBE_MS = 15_000

/** Asks a provider for its list of models, which both OpenAI and Anthropic give as `data[].id`. */
export function createModelProbe(upstream: ModelUpstream): ModelProbe {
  return {
    async models(provider) {
      const answer = await upstream.forward(
        provider,
        '/v1/models',
        new Request('http://localhost/', { signal: AbortSignal.timeout(PROBE_MS) })
      )
      if (!answer.ok) {
        await answer.body?.cancel()
        throw unavailable(provider, `it answered ${answer.status}`)
      }
      const body: unknown = await answer.json().catch((cause: unknown) => {
        throw unavailable(provider, 'its list of models is no JSON', { cause })
      })
      const list = typeof body === 'object' && body !== null && 'data' in body ? body.data : null
      if (!Array.isArray(list)) throw unavailable(provider, 'its answer holds no list of models')
      return list.flatMap((one: unknown) =>
        typeof one === 'object' && one !== null && 'id' in one ? [String(one.id)] : []
      )
    }
  }
}

function unavailable(provider: string, what: string, options: ErrorOptions = {}): AppError {
  return new AppError(
    'MODEL_UNAVAILABLE',
    `asking the model provider "${provider}" for its models: ${what}`,
    options
  )
}
