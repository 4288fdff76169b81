/** Keeps text inside GitHub's limits, visibly. */

/** Comments, pull request bodies and check-run output: 65,535 characters (docs: "Create a check run"). */
export const TEXT_LIMIT = 65_535

const NOTE = '\n\n…\n\n*The rest is left out: GitHub takes no more than 65,535 characters here.*'

/** Cuts at the limit and says so; a code block that was open is closed first, so that the note is read. */
export function cutText(text: string, limit: number = TEXT_LIMIT): string {
  if (text.length <= limit) return text
  const closing = '\n```'
  const kept = cutLine(text, limit - NOTE.length - closing.length)
  const fences = kept.match(/^ {0,3}```/gm)?.length ?? 0
  return `${kept}${fences % 2 === 1 ? closing : ''}${NOTE}`
}

/** Cuts a line without a note, never inside a surrogate pair. */
export function cutLine(text: string, limit: number): string {
  if (text.length <= limit) return text
  const kept = text.slice(0, limit)
  return /[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept
}
