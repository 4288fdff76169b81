/** Hidden marks in what we post, by which a write whose answer was lost is found again (decisions 37). */

/** `<!-- stagewright:run=k3v9q2m7x4ab -->`. The id is percent-encoded, so it cannot end the comment. */
export function markerOf(kind: string, id: string): string {
  // Two dashes in a row end a comment for some parsers.
  return `<!-- stagewright:${kind}=${encodeURIComponent(id).replaceAll('--', '-%2D')} -->`
}

/**
 * Takes marks of ours out of text that others wrote, so that nobody can make our own search find
 * the wrong comment. What is left or made by the removal is spelled out: an opening without an end
 * would swallow what we post behind it.
 */
export function stripMarkers(text: string): string {
  return text
    .replace(/<!--\s{0,20}stagewright:[^>]{0,500}?-->/gi, '')
    .replace(/<!--(?=\s*stagewright:)/gi, '&lt;!--')
}
