/** Small things that stand on many pages: labels, states, times, text of people. */
import { html, raw } from 'hono/html'
import type { Account, Issue, Label, Reaction, ReactionContent } from '#app/sandbox/state.ts'
import type { Html } from './layout.ts'
import { markdownToHtml } from './markdown.ts'

/** Text of people as safe HTML; hidden comments are not shown. */
export function prose(text: string | null, empty = 'No description.') {
  if (text === null || text.trim() === '') return html`<p class="quiet">${empty}</p>`
  return raw(markdownToHtml(text))
}

/** A chip in the label's own colour, the same in light and dark. */
export function labelView({ name, color }: Pick<Label, 'name' | 'color'>): Html {
  return html`<span class="label" style="background:#${color};color:${inkOn(color)}">${name}</span>`
}

/**
 * Black or white, whichever stands out more: 4.5 to 1 at the least, on any colour. WCAG 2.2,
 * "relative luminance"; at 0.179 both have the same contrast.
 */
export function inkOn(color: string): '#000' | '#fff' {
  const part = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4) > 0.179 ? '#000' : '#fff'
}

const FACES: Readonly<Record<ReactionContent, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀'
}

export function reactionsView(reactions: readonly Reaction[]) {
  return reactions.map(
    one => html`<span title="${one.content} by ${one.user.login}">${FACES[one.content]}</span> `
  )
}

export function stateView(issue: Issue): Html {
  const word = issue.pull !== null && issue.pull.mergedAt !== null ? 'merged' : issue.state
  const draft = issue.pull?.draft === true && word === 'open' ? ', a draft' : ''
  return html`<span class="state ${word}">${word}</span>${draft}`
}

export function timeView(at: string): Html {
  return html`<time class="quiet" datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time>`
}

export function personView(account: Account): Html {
  return html`<strong>${account.login}</strong>`
}

/** The seven digits that are enough to tell commits apart. */
export function shaView(sha: string): Html {
  return html`<code>${sha.slice(0, 7)}</code>`
}
