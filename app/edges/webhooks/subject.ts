import { eachMember, type Place, readInteger } from './skim.ts'

/** Bodies past this are ordered alone rather than looked through on the way in. */
const LIMIT = 1024 * 1024

/**
 * What orders a delivery: `<repository id>#<issue or pull request number>`. Best effort (decisions
 * 33): null, ordered alone, for whatever cannot be read. Never throws. `JSON.parse` would do the same
 * for three times the time, which was the dearest part of taking a delivery.
 */
export function subjectOf(body: Buffer): string | null {
  if (body.byteLength > LIMIT) return null
  // One character a byte: names and numbers are ASCII, and nothing else is read.
  const text = body.toString('latin1')
  const found: { repository?: number | null; issue?: number | null; pull?: number | null } = {}
  try {
    eachMember(text, 0, (key, at) => {
      if (key === 'repository') found.repository = integerIn(text, at, 'id')
      else if (key === 'issue') found.issue = integerIn(text, at, 'number')
      else if (key === 'pull_request') found.pull = integerIn(text, at, 'number')
      return isNumber(found.repository) && isNumber(found.issue)
    })
  } catch {
    // Not JSON: the worker quarantines it with its reason; here only the order is lost.
    return null
  }
  const thread = found.issue ?? found.pull
  return isNumber(found.repository) && isNumber(thread) ? `${found.repository}#${thread}` : null
}

function integerIn(text: string, object: Place, name: string): number | null {
  let integer: number | null = null
  eachMember(text, object, (key, at) => {
    if (key === name) integer = readInteger(text, at)
    return key === name
  })
  return integer
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number'
}
