/**
 * Reads single members of a JSON text and steps over the rest without making anything of it: a
 * payload names its issue and repository in some dozen of its thousands of bytes. Agrees with
 * `JSON.parse` about every text that is JSON and names no key twice; others may fail or be half read.
 */

/** Where a value begins. */
export type Place = number

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Calls `visit` for each member of the object at `at`, in order, until it returns true; not at all
 * when there is no object. Throws a SyntaxError where the text breaks off.
 */
export function eachMember(
  text: string,
  at: Place,
  visit: (key: string, value: Place) => boolean
): void {
  let next = skipSpace(text, at)
  if (text.charCodeAt(next) !== OPEN_OBJECT) return
  next = skipSpace(text, next + 1)
  while (text.charCodeAt(next) !== CLOSE_OBJECT) {
    if (text.charCodeAt(next) !== QUOTE) throw broken(next)
    const end = skipString(text, next)
    const colon = skipSpace(text, end)
    if (text.charCodeAt(colon) !== COLON) throw broken(colon)
    const value = skipSpace(text, colon + 1)
    if (visit(keyOf(text.slice(next, end)), value)) return
    next = skipSpace(text, skipValue(text, value))
    if (text.charCodeAt(next) === COMMA) next = skipSpace(text, next + 1)
    else if (text.charCodeAt(next) !== CLOSE_OBJECT) throw broken(next)
  }
}

/** The whole number at a place; null for anything else, and for one that a number cannot hold. */
export function readInteger(text: string, at: Place): number | null {
  const written = text.slice(at, skipValue(text, at)).trimEnd()
  if (!/^-?\d/.test(written)) return null
  const number = Number(written)
  return Number.isSafeInteger(number) ? number : null
}

function keyOf(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1)
}

/** Behind the value that begins here: brackets are counted, what stands in strings is not. */
function skipValue(text: string, at: Place): Place {
  let depth = 0
  let next = at
  while (next < text.length) {
    const character = text.charCodeAt(next)
    // The end of what a number or a bare word stands in.
    if (depth === 0 && isEnd(character)) return next
    if (character === OPEN_OBJECT || character === OPEN_ARRAY) depth += 1
    else if (character === CLOSE_OBJECT || character === CLOSE_ARRAY) depth -= 1
    const isString = character === QUOTE
    next = isString ? skipString(text, next) : next + 1
    if (depth === 0 && (isString || isEnd(character))) return next
  }
  throw broken(next)
}

function isEnd(character: number): boolean {
  return character === COMMA || character === CLOSE_OBJECT || character === CLOSE_ARRAY
}

/** Behind the closing quote: the first with an even number of backslashes before it. */
function skipString(text: string, at: Place): Place {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1
    while (text.charCodeAt(before) === BACKSLASH) before -= 1
    if ((quote - before) % 2 === 1) return quote + 1
  }
  throw broken(text.length)
}

/** JSON's white space is the space and three characters below it (RFC 8259, 2). */
function skipSpace(text: string, at: Place): Place {
  let next = at
  while (text.charCodeAt(next) <= SPACE) next += 1
  return next
}

function broken(at: Place): SyntaxError {
  return new SyntaxError(`no JSON at ${at}`)
}
