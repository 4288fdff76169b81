/** Shows what people and the App wrote: a small part of Markdown, everything else as plain text. */

/** HTML that is safe to put into a page: all input is escaped first, tags come from here only. */
export function markdownToHtml(text: string): string {
  const visible = text.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '')
  const lines = visible.replaceAll('\r\n', '\n').split('\n')
  const out: string[] = []
  let at = 0
  while (at < lines.length) {
    const [html, used] = block(lines, at)
    if (html !== '') out.push(html)
    at += used
  }
  return out.join('\n')
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** The block that starts at a line, and how many lines it takes. */
function block(lines: readonly string[], at: number): readonly [string, number] {
  const line = lines[at] ?? ''
  if (line.trim() === '') return ['', 1]
  const fence = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
  if (fence !== undefined) return code(lines, at, fence)
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line)
  if (heading !== null) {
    const level = Math.min((heading[1] ?? '').length + 1, 6)
    return [`<h${level}>${inline(heading[2] ?? '')}</h${level}>`, 1]
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return ['<hr>', 1]
  const tag = /^\s*<(\/?)details(?:\s+open)?>\s*$/i.exec(line)
  if (tag !== null) return [`<${tag[1]}details>`, 1]
  const summary = /^\s*(<details>)?\s*<summary>(.*?)<\/summary>\s*$/i.exec(line)
  if (summary !== null) {
    const open = summary[1] === undefined ? '' : '<details>'
    return [`${open}<summary>${inline(stripTags(summary[2] ?? ''))}</summary>`, 1]
  }
  if (line.startsWith('>')) return quote(lines, at)
  if (isItem(line)) return list(lines, at)
  if (
    line.includes('|') &&
    /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? '')
  ) {
    return table(lines, at)
  }
  return paragraph(lines, at)
}

function stripTags(text: string): string {
  return text.replaceAll(/<\/?(?:b|i|strong|em|code)>/gi, '')
}

function run(lines: readonly string[], at: number, belongs: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, index) => index >= at && !belongs(line))
  return lines.slice(at, end === -1 ? lines.length : end)
}

function code(lines: readonly string[], at: number, fence: string): readonly [string, number] {
  const body = run(lines, at + 1, line => !line.trim().startsWith(fence))
  const closed = at + 1 + body.length < lines.length ? 1 : 0
  return [`<pre><code>${escapeHtml(body.join('\n'))}</code></pre>`, body.length + 1 + closed]
}

function quote(lines: readonly string[], at: number): readonly [string, number] {
  const body = run(lines, at, line => line.startsWith('>'))
  const inner = markdownToHtml(body.map(line => line.replace(/^> ?/, '')).join('\n'))
  return [`<blockquote>${inner}</blockquote>`, body.length]
}

const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s+/

function isItem(line: string): boolean {
  return ITEM.test(line)
}

function list(lines: readonly string[], at: number): readonly [string, number] {
  const body = run(lines, at, line => isItem(line) || /^\s{2,}\S/.test(line))
  const items: string[] = []
  for (const line of body) {
    if (isItem(line)) items.push(line.replace(ITEM, ''))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  const tag = /^\s*\d/.test(body[0] ?? '') ? 'ol' : 'ul'
  const html = items.map(item => `<li>${inline(checkbox(item))}</li>`).join('')
  return [`<${tag}>${html}</${tag}>`, body.length]
}

function checkbox(item: string): string {
  return item.replace(/^\[ \] /, '☐ ').replace(/^\[x\] /i, '☑ ')
}

function table(lines: readonly string[], at: number): readonly [string, number] {
  const body = run(lines, at, line => line.includes('|'))
  const cells = (line: string, tag: 'th' | 'td'): string =>
    line
      .trim()
      .replace(/^\|/, '')
      .replace(/(?<!\\)\|$/, '')
      .split(/(?<!\\)\|/)
      .map(cell => `<${tag}>${inline(cell.replaceAll('\\|', '|').trim())}</${tag}>`)
      .join('')
  const head = `<thead><tr>${cells(body[0] ?? '', 'th')}</tr></thead>`
  const rows = body.slice(2).map(line => `<tr>${cells(line, 'td')}</tr>`)
  return [`<table>${head}<tbody>${rows.join('')}</tbody></table>`, body.length]
}

function paragraph(lines: readonly string[], at: number): readonly [string, number] {
  const body = [lines[at] ?? '']
  const plain = (line: string): boolean =>
    line.trim() !== '' && !/^(#{1,6}\s|>|\s*(`{3}|~{3}|<\/?details|<summary))/.test(line)
  for (const line of lines.slice(at + 1)) {
    if (!plain(line) || isItem(line)) break
    body.push(line)
  }
  return [`<p>${body.map(inline).join('<br>')}</p>`, body.length]
}

/** Code spans are cut out first, so that nothing inside them is formatted. */
function inline(text: string): string {
  return text
    .split(/(`+[^`]+`+)/)
    .map((part, index) =>
      index % 2 === 1
        ? `<code>${escapeHtml(part.replace(/^`+|`+$/g, '').trim())}</code>`
        : formatted(part)
    )
    .join('')
}

function formatted(text: string): string {
  return escapeHtml(text)
    .replaceAll(
      /\[([^\]]*)\]\((https?:\/\/[^\s)]+)\)/g,
      (_all, label: string, url: string) => `<a href="${url}" rel="nofollow">${label}</a>`
    )
    .replaceAll(
      /(^|[\s(])(https?:\/\/[^\s<)]+?)(?=[.,;:]?(?:[\s)]|$))/g,
      (_all, before: string, url: string) => `${before}<a href="${url}" rel="nofollow">${url}</a>`
    )
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/(^|[^\w*])[*_]([^*_\s][^*_]*)[*_](?!\w)/g, '$1<em>$2</em>')
    .replaceAll(/~~([^~]+)~~/g, '<del>$1</del>')
}
