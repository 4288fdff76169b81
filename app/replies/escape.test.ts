import { describe, expect, test } from '@jest/globals'
import { markerOf } from '#app/core/marker.ts'
import { cellCode, code, fence, inline, markdown, plain, titleText } from './escape.ts'

const JOINER = '\u2060'
/** What GitHub would read as a call, a closing, hidden text or a mark of ours. */
const MENTION = /(?<![A-Za-z0-9])@[A-Za-z0-9]/
const CLOSING =
  /(?<![\p{L}\p{N}])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)[^\p{L}\p{N}]{1,12}(?:#\d|GH-\d|https?:|[\w.-]+\/[\w.-]+#\d|\d)/iu
const MARK = /<!--\s*stagewright:/i

const CORPUS = [
  '@alice please look',
  'cc @acme/team, (@bob)',
  '*a*@bob _a_@bob \\@bob [x](y)@bob',
  '&#64;bob &commat;bob &#x40;bob',
  'fixes #3',
  'Fixes: #3, closes acme/calc#4, RESOLVED GH-5',
  'closes https://github.com/acme/calc/issues/9',
  '**fixes** #3 and _closes_ [#4](x)',
  'fixes\n#3',
  'f&#105;xes #3',
  'fi\u200bxes #3 and @\u200balice',
  'resolve \\#3',
  '<!-- hidden --> shown',
  '<!-- never closed',
  `before ${markerOf('run', 'other')} after`,
  `<!-<!-- x -->- stagewright:run=other -->`,
  '<details><summary>x</summary> @bob',
  '<img src=x onerror=alert(1)>',
  '![track](https://evil.example/p.png)',
  '| a | b |\n|---|---|\n| @x | fixes #1 |',
  '```\nopen fence @bob',
  '~~~\n```\n~~~\n@bob fixes #3',
  '- ```\n@bob fixes #3\n```',
  '```\n```\n- ```\n@bob fixes #3\n```',
  '<pre>\n```\n</pre>\n@bob fixes #3',
  '- a\n    @bob fixes #3',
  '> quoted @bob fixes #3',
  'foo ` bar\n` @bob fixes #3 `',
  '\\`@bob\\` fixes #3',
  '`` ` `` @bob',
  '# Heading\n## Another\n---\nTitle\n===',
  '\u202egnp.exe @bob',
  'Closes https://github.com/acme/calc/issues/99'
]

/** One line has no open paragraph above it, so a pair of backticks in it is code for sure. */
const item = (text: string): string => inline(text).replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '')

/** A fence at the left margin is code for sure. */
const prose = (text: string): string => markdown(text).replace(/^(`{3,}|~{3,})[\s\S]*?^\1$/gm, '')

describe.each([
  ['a plain line', plain],
  ['a title', titleText],
  ['an item of a list', item],
  ['a text', prose]
] as const)('in %s', (_what, render) => {
  test.each(CORPUS)('%j calls nobody, closes nothing and hides nothing', text => {
    const shown = render(text)
    expect(shown).not.toMatch(MENTION)
    expect(shown).not.toMatch(CLOSING)
    expect(shown).not.toMatch(MARK)
    expect(shown).not.toContain('<!--')
    expect(shown).not.toMatch(/[\u202a-\u202e\u200b]/)
  })
})

test.each(CORPUS)('in code %j ends nothing and carries no mark', text => {
  const shown = code(text)
  const ticks = /^`+/.exec(shown)?.[0] ?? ''
  expect(ticks).not.toBe('')
  expect(shown.endsWith(ticks)).toBe(true)
  const inside = shown.slice(ticks.length, -ticks.length)
  expect(inside.split(/[^`]+/)).not.toContain(ticks)
  expect(shown).not.toMatch(MARK)
  expect(shown).not.toContain('\n')
})

test.each([
  ['a`b', '``a`b``'],
  ['`', '`` ` ``'],
  ['', '—'],
  [' \n', '—'],
  ['a\nb', '`a b`'],
  ['a|b', '`a|b`']
])('%j becomes the code %s', (text, shown) => {
  expect(code(text)).toBe(shown)
})

test('a bar in a table’s code does not end the cell', () => {
  expect(cellCode('a|b')).toBe('`a\\|b`')
})

test.each([
  ['a * b_c [d] | e', 'a \\* b\\_c \\[d\\] \\| e'],
  ['a < b & c', 'a &lt; b &amp; c'],
  ['see #3', `see #${JOINER}3`],
  ['  two\n lines ', 'two lines'],
  ['mail a@b.example', 'mail a@b.example']
])('the plain line %j becomes %j', (text, shown) => {
  expect(plain(text)).toBe(shown)
})

test('long lines are cut with a sign', () => {
  expect(plain('x'.repeat(300), 10)).toBe(`${'x'.repeat(9)}…`)
  expect(code('x'.repeat(400)).length).toBeLessThanOrEqual(302)
})

test('a fence is longer than any in its content', () => {
  const shown = fence('a\n````\n@bob\n```\n')
  expect(shown.startsWith('`````\n')).toBe(true)
  expect(shown.endsWith('\n`````')).toBe(true)
})

test('a log loses its colours, its overwritten states and a forged mark, not its text', () => {
  const log = `\u001b[32mok\u001b[0m <b>&\r\n10%\r50%\r100%\n\u001b]0;title\u0007x\u0000y ${markerOf('run', 'z')}`
  expect(fence(log)).toBe('```\nok <b>&\n100%\nx\ufffdy\n```')
})

test('good Markdown of an agent stays as it is', () => {
  const text =
    'Did **this**:\n\n- one `@types/node`\n- two, see #12\n\n```ts\nimport x from "@acme/x" // fixes #3\n```\n\n| a | b |\n| --- | --- |\n| 1 | 2 |'
  expect(markdown(text)).toBe(text)
})

test('HTML and pictures become text and links, headings go below ours', () => {
  expect(markdown('# Big\n<b>x</b> ![p](https://e.example)')).toBe(
    '#### Big\n&lt;b>x&lt;/b> [p](https://e.example)'
  )
})

test('an open fence is closed, with as many ticks as it has', () => {
  expect(markdown('````js\nlet x').split('\n').at(-1)).toBe('````')
})

test('an item of a list starts no block', () => {
  for (const text of ['```js', '~~~', '# a', '> a', '- a', '1. a', '| a |']) {
    expect(inline(text).startsWith(JOINER)).toBe(true)
  }
})

test('a hostile text of the largest size is disarmed in a moment', () => {
  for (const piece of [
    '`',
    '``a',
    '@',
    'fixes ',
    'fixes a/',
    '<!-- stagewright:',
    '[',
    '\\`',
    '- ```\n'
  ]) {
    const text = piece.repeat(Math.floor(65_536 / piece.length))
    const started = performance.now()
    markdown(text, 65_536)
    plain(text)
    fence(text)
    expect(performance.now() - started).toBeLessThan(2_000)
  }
})
