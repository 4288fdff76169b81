import { expect, test } from '@jest/globals'
import { globProblem, pathMatcher } from './glob.ts'

test.each([
  ['**', 'a/b/c.ts', true],
  ['**', '.env', true],
  ['*.md', 'README.md', true],
  ['*.md', 'docs/deep/README.md', true],
  ['/*.md', 'docs/README.md', false],
  ['/*.md', 'README.md', true],
  ['docs/*.md', 'docs/a.md', true],
  ['docs/*.md', 'docs/deep/a.md', false],
  ['docs/*.md', 'x/docs/a.md', false],
  ['docs/**/*.md', 'docs/a.md', true],
  ['docs/**/*.md', 'docs/x/y/a.md', true],
  ['**/test/**', 'a/test/b/c', true],
  ['**/test/**', 'test/b', true],
  ['**/test/**', 'latest/b', false],
  ['docs/**', 'docs/a', true],
  ['docs/**', 'docs', false],
  ['docs/**', 'docsy/a', false],
  ['docs/', 'docs/a/b', true],
  ['docs/', 'x/docs/a', true],
  ['/docs/', 'x/docs/a', false],
  ['docs', 'x/docs/a', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['[Dd]ocs/**', 'Docs/a', true],
  ['[!a]b', 'cb', true],
  ['[!a]b', 'ab', false],
  ['a.c', 'abc', false],
  ['a+(b)', 'a+(b)', true],
  ['CODEOWNERS', 'docs/CODEOWNERS', true],
  ['/CODEOWNERS', 'docs/CODEOWNERS', false],
  ['src/**', 'src/имя.ts', true]
])('%s on %s: %s', (pattern, path, matches) => {
  expect(pathMatcher(pattern)(path)).toBe(matches)
})

test.each(['', '  ', '/', '!docs/**', 'docs\\*', '../x', './x', 'a'.repeat(501)])(
  'the pattern %j is refused',
  pattern => {
    expect(globProblem(pattern)).not.toBeNull()
    expect(() => pathMatcher(pattern)).toThrow('reading path pattern')
  }
)

test('a set out of order is refused as a pattern, not as a crash', () => {
  expect(() => pathMatcher('[z-a]')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
