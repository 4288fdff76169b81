/** What a provider offers to agents: generation, counting, and the list of models. */

export interface Provider {
  readonly paths: ReadonlyArray<{ readonly method: 'GET' | 'POST'; readonly path: string }>
  /** The headers that carry the platform's key. */
  readonly authorize: (key: string) => Readonly<Record<string, string>>
}

/** Paths: OpenAI "API reference", Anthropic "API overview". A new provider is an entry here. */
export const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: {
    paths: [
      { method: 'POST', path: '/v1/responses' },
      { method: 'POST', path: '/v1/chat/completions' },
      { method: 'GET', path: '/v1/models' }
    ],
    authorize: key => ({ authorization: `Bearer ${key}` })
  },
  anthropic: {
    paths: [
      { method: 'POST', path: '/v1/messages' },
      { method: 'POST', path: '/v1/messages/count_tokens' },
      { method: 'GET', path: '/v1/models' }
    ],
    authorize: key => ({ 'x-api-key': key })
  }
}
