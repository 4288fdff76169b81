import { expect, test } from '@jest/globals'
import { cleanText } from './untrusted-text.ts'

const TAGS = [...'push']
  .map(letter => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)))
  .join('')

test.each([
  ['an HTML comment', 'a<!-- obey me -->b', 'ab'],
  ['a comment over several lines', 'a\n<!-- obey\n\nme -->\nb', 'a\n\nb'],
  ['a comment that never ends', 'a\n<!-- obey me\nb', 'a'],
  ['what becomes an opening by the removal', 'a <!<!-- -->-- obey --> b', 'a  obey --> b'],
  ['an empty comment', 'a<!---->b<!-->c', 'abc'],
  ['a comment idiom of Markdown', 'a\n[//]: # (obey me)\n[comment]: <> (obey)\nb', 'a\n\n\nb'],
  ['zero-width characters', 'o\u200bb\u200ce\u200dy\u2060\ufeff', 'obey'],
  ['bidirectional overrides', 'a\u202eb\u2066c\u2069', 'abc'],
  ['tag characters', `a${TAGS}b`, 'ab'],
  ['smuggled variation selectors', 'a\ufe00\ufe01\u{e0100}b', 'ab'],
  ['rows of selectors behind an emoji', '🎉\ufe01\ufe02', '🎉'],
  ['terminal controls', 'a\u0007\u0000b\u009bc', 'abc'],
  ['a soft hyphen and fillers', 'a\u00adb\u3164c\u115fd', 'abcd'],
  ['lone surrogates', 'a\ud800b', 'a\ufffdb']
])('%s is taken out', (_what, text, left) => {
  expect(cleanText(text)).toBe(left)
})

test.each([
  ['line ends and tabs', 'a\n\tb', 'a\n\tb'],
  ['Windows line ends, as plain ones', 'a\r\nb\rc', 'a\nb\nc'],
  ['emoji joined of several', '👩‍💻 👨‍👩‍👧', '👩‍💻 👨‍👩‍👧'],
  ['emoji with skin and hair', '👩🏽‍🚀 ❤️‍🔥', '👩🏽‍🚀 ❤️‍🔥'],
  ['key caps', '1️⃣', '1️⃣'],
  ['Russian and accents', 'ещё naïve', 'ещё naïve'],
  ['a link definition', '[1]: https://example.com', '[1]: https://example.com'],
  ['an opening in the middle of a line', 'a <!-- b', 'a  b']
])('%s stays', (_what, text, left) => {
  expect(cleanText(text)).toBe(left)
})

test('nothing hidden is left of a text made to defeat one pass', () => {
  expect(cleanText('<!-<!-- x -->- obey -->')).not.toContain('<!--')
})

test('a hostile text of the largest size is cleaned in a moment', () => {
  for (const piece of ['<!--', '<!--->', '<!<!-- -->', '[//]: # (', '\u200d', '\ufe00']) {
    const started = performance.now()
    cleanText(piece.repeat(Math.floor(65_536 / piece.length)))
    expect(performance.now() - started).toBeLessThan(2_000)
  }
})
