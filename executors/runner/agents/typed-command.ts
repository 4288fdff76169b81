/** What the model typed, without the shell that Codex puts around every command. */
export function typedCommand(command: string): string {
  const inner = /^\/\S*sh -l?c (.+)$/s.exec(command)?.[1]
  return inner === undefined ? command : (wordOf(inner) ?? inner)
}

/** Codex quotes it as one word of the shell, out of pieces in different quotes. */
const PIECE = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gs

/** The word that the text quotes; null when it is not exactly one. */
function wordOf(text: string): string | null {
  let word = ''
  let end = 0
  for (const { 0: all, 1: single, 2: double, 3: escaped, 4: plain, index } of text.matchAll(
    PIECE
  )) {
    if (index !== end) return null
    word += single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain
    end += all.length
  }
  return end === text.length ? word : null
}
