/** Bodies past this are ordered alone rather than parsed on the way in. */
const PARSE_LIMIT = 1024 * 1024

/**
 * What orders a delivery: `<repository id>#<issue or pull request number>`. Best effort (decisions
 * 33): null, ordered alone, for whatever cannot be read. Never throws.
 */
export function subjectOf(body: Buffer): string | null {
  if (body.byteLength > PARSE_LIMIT) return null
  let payload: unknown
  try {
    payload = JSON.parse(body.toString('utf8'))
  } catch {
    // Not JSON: the worker quarantines it with its reason; here only the order is lost.
    return null
  }
  const repository = numberAt(payload, 'repository', 'id')
  const thread = numberAt(payload, 'issue', 'number') ?? numberAt(payload, 'pull_request', 'number')
  return repository === null || thread === null ? null : `${repository}#${thread}`
}

function numberAt(value: unknown, ...path: readonly string[]): number | null {
  let at: unknown = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return null
    at = (at as Record<string, unknown>)[key]
  }
  return typeof at === 'number' && Number.isSafeInteger(at) ? at : null
}
