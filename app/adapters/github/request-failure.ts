/** What Octokit throws, read without trusting its shape. */

export interface RequestFailure {
  /** Null when GitHub gave no answer: no connection, a broken one, or a timeout. */
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>>
  /** GitHub's own words, one line each; empty without an answer. */
  readonly messages: readonly string[]
  /** The error for `cause`, without the request's and the answer's bodies and headers. */
  readonly cause: Error
}

export function readFailure(error: unknown): RequestFailure {
  if (!(error instanceof Error)) {
    return { status: null, headers: {}, messages: [], cause: new Error(String(error)) }
  }
  const response = 'response' in error ? recordOf(error.response) : null
  if (response === null) {
    const cause = error.cause instanceof Error ? error.cause : new Error(error.message)
    return { status: null, headers: {}, messages: [], cause }
  }
  return {
    status: typeof response.status === 'number' ? response.status : null,
    headers: headersOf(response.headers),
    messages: messagesOf(response.data),
    cause: new Error(error.message)
  }
}

function headersOf(value: unknown): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, text] of Object.entries(recordOf(value) ?? {})) {
    headers[name.toLowerCase()] = String(text)
  }
  return headers
}

/** `message` and what stands in `errors`: texts, or objects with a message or field and code. */
function messagesOf(data: unknown): string[] {
  if (typeof data === 'string') return data.trim() === '' ? [] : [data.trim().slice(0, 300)]
  const body = recordOf(data)
  if (body === null) return []
  const errors = Array.isArray(body.errors) ? body.errors : []
  const lines = [body.message, ...errors.map(detailOf)]
  return lines.filter((line): line is string => typeof line === 'string' && line !== '')
}

function detailOf(error: unknown): string | null {
  if (typeof error === 'string') return error
  const detail = recordOf(error)
  if (detail === null) return null
  if (typeof detail.message === 'string') return detail.message
  return [detail.resource, detail.field, detail.code].filter(Boolean).join(' ')
}

function recordOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? { ...value } : null
}
