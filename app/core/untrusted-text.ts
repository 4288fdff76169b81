/** Text that others wrote, made fit to be read: what a person cannot see is taken out. */

/** Zero-width, bidirectional and other format characters; not the joiner and selectors of emoji. */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu
/** A joiner is kept where it makes one emoji of two; anywhere else it hides something. */
const LOOSE_JOINER =
  /(?<![\p{Extended_Pictographic}\u{1f3fb}-\u{1f3ff}\ufe0f])\u200d|\u200d(?!\p{Extended_Pictographic})/gu
/** Variation selectors carry smuggled bytes when they stand in rows or behind plain letters. */
const LOOSE_SELECTOR = /(?<![\p{Extended_Pictographic}0-9#*])[\ufe00-\ufe0f]+|[\ufe00-\ufe0d]/gu
// biome reads control characters in a pattern as a mistake, so the class is made from numbers.
const CONTROL = new RegExp(
  `[${range(0x00, 0x08)}${range(0x0b, 0x0c)}${range(0x0e, 0x1f)}${range(0x7f, 0x9f)}]`,
  'g'
)

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

function range(from: number, to: number): string {
  const unit = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`
  return `${unit(from)}-${unit(to)}`
}
