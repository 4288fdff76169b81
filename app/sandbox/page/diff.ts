/** The files of a pull request, each with its heading, its counts and its lines. */
import { html } from 'hono/html'
import type { FileChange } from '#app/sandbox/git/diff.ts'
import type { Html } from './layout.ts'

/** A browser stays quick; the rest is read with git. */
const MOST_ROWS = 1000

/** A number of a line leads to the form for a comment on it: `?path=...&line=...&side=...#...`. */
export function diffView(files: readonly FileChange[], formId: string): Html {
  return html`${files.map(
    file => html`<details class="file" open>
<summary><h3><code>${nameOf(file)}</code></h3> <span class="quiet">${file.status}</span> ${countsView(file)}</summary>
${file.patch === null ? html`<p class="quiet">No text to show.</p>` : patchView(file, file.patch, formId)}
</details>`
  )}`
}

export function countsView(counts: {
  readonly additions: number
  readonly deletions: number
}): Html {
  return html`<span class="added">+${counts.additions}</span> <span class="removed">−${counts.deletions}</span>`
}

function nameOf({ path, previousPath }: FileChange): string {
  return previousPath === null ? path : `${previousPath} → ${path}`
}

function patchView({ path }: FileChange, patch: string, formId: string): Html {
  const rows = diffRows(patch)
  const at = (line: number | null, side: 'LEFT' | 'RIGHT'): Html => {
    if (line === null) return html`<td class="at"></td>`
    const query = new URLSearchParams({ path, line: String(line), side })
    return html`<td class="at"><a href="?${query.toString()}#${formId}" title="Comment on line ${line}">${line}</a></td>`
  }
  const rest = rows.length - MOST_ROWS
  return html`<div class="scroll"><table class="diff"><tbody>${rows
    .slice(0, MOST_ROWS)
    .map(
      row =>
        html`<tr class="${row.kind}">${at(row.old, 'LEFT')}${at(row.new, 'RIGHT')}<td class="text">${row.text}</td></tr>`
    )}</tbody></table></div>
${rest > 0 ? html`<p class="quiet">${rest} more lines are not shown.</p>` : ''}`
}

interface Row {
  readonly kind: 'hunk' | 'plus' | 'minus' | 'same'
  /** Its number in the old file; null where it is not in there. */
  readonly old: number | null
  readonly new: number | null
  readonly text: string
}

/** The lines of a patch as GitHub's API has it: hunks only. */
export function diffRows(patch: string): readonly Row[] {
  let before = 0
  let after = 0
  return patch.split('\n').map((text): Row => {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text)
    if (header !== null) {
      before = Number(header[1]) - 1
      after = Number(header[2]) - 1
      return { kind: 'hunk', old: null, new: null, text }
    }
    if (text.startsWith('\\')) return { kind: 'hunk', old: null, new: null, text }
    if (text.startsWith('+')) {
      after += 1
      return { kind: 'plus', old: null, new: after, text }
    }
    before += 1
    if (text.startsWith('-')) return { kind: 'minus', old: before, new: null, text }
    after += 1
    return { kind: 'same', old: before, new: after, text }
  })
}
