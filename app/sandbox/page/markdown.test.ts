import { expect, test } from '@jest/globals'
import { markdownToHtml } from './markdown.ts'

test.each([
  ['a heading', '## Title', '<h3>Title</h3>'],
  ['a paragraph with marks', '**a** and `b*c*`', '<p><strong>a</strong> and <code>b*c*</code></p>'],
  ['a list', '- one\n- [x] two', '<ul><li>one</li><li>☑ two</li></ul>'],
  ['a numbered list', '1. one\n2. two', '<ol><li>one</li><li>two</li></ol>'],
  ['a code block', '```js\n<a>\n```', '<pre><code>&lt;a&gt;</code></pre>'],
  ['an open code block', '```\nx', '<pre><code>x</code></pre>'],
  [
    'a table',
    '| a | b |\n|---|:-:|\n| 1 | x\\|y |',
    '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>x|y</td></tr></tbody></table>'
  ],
  [
    'a link',
    '[here](https://a.test/x?y=1&z=2)',
    '<p><a href="https://a.test/x?y=1&amp;z=2" rel="nofollow">here</a></p>'
  ],
  ['a quote', '> /run dev', '<blockquote><p>/run dev</p></blockquote>'],
  [
    'details',
    '<details>\n<summary>Log</summary>\n\ntext\n\n</details>',
    '<details>\n<summary>Log</summary>\n<p>text</p>\n</details>'
  ],
  ['a hidden comment', 'a<!-- run: 1\n2 -->b', '<p>ab</p>'],
  ['a hidden comment that never ends', 'a <!-- x', '<p>a </p>']
])('%s', (_sentence, text, html) => {
  expect(markdownToHtml(text)).toBe(html)
})

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](https://a.test/"onmouseover="alert(1))',
  '| a |\n|---|\n| <b onclick=x> |',
  '<details open onclick=x>',
  '<summary><img src=x></summary>',
  '`` <script> ``'
])('%s becomes no tag and no attribute of its own', text => {
  const html = markdownToHtml(text)
  const tags = html.match(/<[a-z][^>]*>/gi) ?? []
  const allowed =
    /^<(p|a href="https:[^"]*" rel="nofollow"|table|thead|tbody|tr|th|td|code|summary|li|ul)>$/
  expect(tags.filter(tag => !allowed.test(tag))).toEqual([])
})
