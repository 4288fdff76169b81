/** Text that others wrote, made fit to be read: what a person cannot see is taken out. */

/**
 * Zero-width, bidirectional and other format characters, without the joiner (200d) and the
 * selectors (fe00–fe0f) that emoji need. As numbers, since many of them cannot be seen in a pattern.
 */
const INVISIBLE = anyOf([
  [0xad],
  [0x34f],
  [0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200c],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164],
  [0xfeff],
  [0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff]
])
const CONTROL = anyOf([
  [0x00, 0x08],
  [0x0b, 0x0c],
  [0x0e, 0x1f],
  [0x7f, 0x9f]
])
/** A joiner is kept where it makes one emoji of two; anywhere else it hides something. */
const LOOSE_JOINER =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d|\u200d(?!\p{Extended_Pictographic})/gu
/** Variation selectors carry smuggled bytes when they stand in rows or behind plain letters. */
const LOOSE_SELECTOR = /(?<!\p{Extended_Pictographic}|[0-9#*])[\ufe00-\ufe0f]+|[\ufe00-\ufe0d]/gu

/** Takes out characters that have no shape: zero-width, bidirectional, tags, selectors, controls. */
export function stripInvisible(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(CONTROL, '')
    .replace(INVISIBLE, '')
    .replace(LOOSE_SELECTOR, '')
    .replace(LOOSE_JOINER, '')
}

/**
 * Takes out HTML comments and the comment idioms of Markdown (`[//]: # (…)`), which GitHub does not
 * show: also inside code, because a wrong guess about where code ends would let them through. An
 * unclosed comment at the start of a line hides the rest of the text, so the rest goes with it.
 */
export function stripHidden(text: string): string {
  return withoutComments(text)
    .replace(/^[ \t]{0,3}<!--[\s\S]*$/m, '')
    .replaceAll('<!--', '')
    .replace(
      /^[ \t]{0,3}\[[^\]\n]*\]:[ \t]*(?:#|<>)[ \t]*(?:\([^\n]*\)|"[^\n]*"|'[^\n]*')?[ \t]*$/gm,
      ''
    )
}

/** One pass from left to right, so that a hostile text costs no more than its length. */
function withoutComments(text: string): string {
  let kept = ''
  let at = 0
  for (;;) {
    const start = text.indexOf('<!--', at)
    const end = start === -1 ? -1 : text.indexOf('-->', start + 2)
    if (end === -1) return kept + text.slice(at)
    kept += text.slice(at, start)
    at = end + 3
  }
}

/** What a person reading the page would see, and nothing else. Line ends become `\n`. */
export function cleanText(text: string): string {
  return stripHidden(stripInvisible(text.isWellFormed() ? text : text.toWellFormed())).trim()
}

function anyOf(ranges: ReadonlyArray<readonly [from: number, to?: number]>): RegExp {
  const unit = (code: number): string => `\\u{${code.toString(16)}}`
  const units = ranges.map(([from, to]) =>
    to === undefined ? unit(from) : `${unit(from)}-${unit(to)}`
  )
  return new RegExp(`[${units.join('')}]`, 'gu')
}
