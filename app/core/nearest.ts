/**
 * The candidate that a person most likely meant: at most two slips away, one for words of up to
 * four letters. Null when none is that near; of equals the first wins.
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null
  let least = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const allowed = candidate.length <= 4 ? 1 : 2
    if (Math.abs(candidate.length - word.length) > allowed) continue
    const slips = editDistance(word, candidate)
    if (slips <= allowed && slips < least) {
      best = candidate
      least = slips
    }
  }
  return best
}

/** Letters inserted, left out, changed, or swapped with their neighbour (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    rows.push(current)
    for (let column = 1; column <= right.length; column += 1) {
      const changed = left[row - 1] === right[column - 1] ? 0 : 1
      let least = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + changed
      )
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (row > 1 && column > 1 && swapped) least = Math.min(least, at(row - 2, column - 2) + 1)
      current.push(least)
    }
  }
  return at(left.length, right.length)
}
