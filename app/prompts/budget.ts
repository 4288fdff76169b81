/** How much of what people wrote fits into a prompt, and what to say about the rest. */
import type { RunRequest, TrustedText } from '#app/core/run.ts'
import { cleanText } from '#app/core/untrusted-text.ts'
import type { Envelope } from './template.ts'
import { fill } from './template.ts'

/** Most characters of one text of each kind. */
const LIMITS = {
  title: 1_000,
  body: 60_000,
  instruction: 20_000,
  text: 10_000,
  parent: 20_000
} as const

export interface PromptTexts {
  readonly title: string
  readonly body: string
  readonly instruction: string
  readonly parent: string
  readonly comments: readonly TrustedText[]
  readonly review: readonly TrustedText[]
}

export interface FittedTexts extends PromptTexts {
  /** What was cut, each as a phrase; empty when everything is there. */
  readonly cut: readonly string[]
}

/**
 * Cleans the texts (nothing that a person could not see on the page) and fits them into `room`
 * characters: single texts to their limits, then the oldest comments go, then the last remarks.
 */
export function fitTexts(
  request: RunRequest,
  parentSummary: string | null,
  options: { readonly room: number; readonly envelope: Envelope }
): FittedTexts {
  const { room, envelope } = options
  const cut: string[] = []
  const shorten = (where: string, text: string, limit: number): string => {
    const cleaned = cleanText(text)
    if (cleaned.length <= limit) return cleaned
    cut.push(fill(envelope.cut.text, { where, count: cleaned.length - limit }))
    return cleaned.slice(0, limit).toWellFormed()
  }
  const shortenAll = (texts: readonly TrustedText[]): readonly TrustedText[] =>
    texts.map(text => ({
      author: oneLine(text.author),
      at: oneLine(text.at),
      place: text.place === null ? null : oneLine(text.place),
      body: shorten(text.place ?? oneLine(text.author), text.body, LIMITS.text)
    }))
  const texts = {
    title: shorten('title', request.issue.title, LIMITS.title),
    instruction: shorten('instruction', request.instruction, LIMITS.instruction),
    body: shorten('issue', request.issue.body, LIMITS.body),
    parent: shorten('summary', parentSummary ?? '', LIMITS.parent)
  }
  let left = room - Object.values(texts).reduce((sum, text) => sum + text.length, 0)
  const review = takeWhile(shortenAll(request.review), left)
  left -= size(review)
  const comments = takeWhile(shortenAll(request.comments).toReversed(), left).toReversed()
  const lost = {
    review: request.review.length - review.length,
    comments: request.comments.length - comments.length
  }
  if (lost.review > 0) cut.push(fill(envelope.cut.review, { count: lost.review }))
  if (lost.comments > 0) cut.push(fill(envelope.cut.comments, { count: lost.comments }))
  return { ...texts, review, comments, cut }
}

/** Room that a block's own lines take, beside its text. */
const FRAME = 300

function size(texts: readonly TrustedText[]): number {
  return texts.reduce((sum, text) => sum + text.body.length + FRAME, 0)
}

/** As many from the front as fit. */
function takeWhile(texts: readonly TrustedText[], room: number): readonly TrustedText[] {
  let left = room
  const end = texts.findIndex(text => {
    left -= text.body.length + FRAME
    return left < 0
  })
  return end === -1 ? texts : texts.slice(0, end)
}

/** Names and places stand in lines of ours, so they are one line, and short. */
export function oneLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').slice(0, 200).toWellFormed()
}
