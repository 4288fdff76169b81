/** Finds the line of a patch that a review comment is about. */

export type Side = 'LEFT' | 'RIGHT'

export interface Place {
  readonly line: number
  readonly side: Side
  /** Lines below the first hunk header, counted from 1. */
  readonly position: number
  /** The hunk down to that line, as GitHub shows it above the comment. */
  readonly hunk: string
}

type Wanted = { readonly line: number; readonly side: Side } | { readonly position: number }

/** null when the line is not part of the patch. LEFT counts old lines, RIGHT new ones. */
export function findPlace(patch: string, wanted: Wanted): Place | null {
  let oldLine = 0
  let newLine = 0
  let hunk: string[] = []
  for (const [position, text] of patch.split('\n').entries()) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text)
    if (header !== null) {
      oldLine = Number(header[1])
      newLine = Number(header[2])
      hunk = [text]
      continue
    }
    hunk.push(text)
    const mark = text.slice(0, 1)
    if (mark === '\\') continue
    const onLeft = mark !== '+'
    const onRight = mark !== '-'
    const side: Side = onRight ? 'RIGHT' : 'LEFT'
    const here =
      'position' in wanted
        ? wanted.position === position
        : (wanted.side === 'RIGHT' && onRight && wanted.line === newLine) ||
          (wanted.side === 'LEFT' && onLeft && wanted.line === oldLine)
    if (here) {
      const asked = 'side' in wanted ? wanted.side : side
      const line = asked === 'RIGHT' ? newLine : oldLine
      return { line, side: asked, position, hunk: hunk.join('\n') }
    }
    if (onLeft) oldLine += 1
    if (onRight) newLine += 1
  }
  return null
}
