/** Text that others wrote, printed as data: nothing in it can move the cursor or turn the line around. */

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu
const LINE_END = '\n'

/** One line: what has no shape stands as `\u001b`. */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, escapeOne)
}

/** Several lines, such as pretty JSON, whose line ends stay. */
export function escapeLines(text: string): string {
  return text.replace(UNPRINTABLE, found => (found === LINE_END ? found : escapeOne(found)))
}

/** Escapes of JSON: a JSON text stays the same value. */
function escapeOne(found: string): string {
  return Array.from(
    { length: found.length },
    (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`
  ).join('')
}
