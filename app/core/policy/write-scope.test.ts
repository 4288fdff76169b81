import { expect, test } from '@jest/globals'
import type { WriteScope } from '#app/core/stage.ts'
import { checkWriteScope, DEFAULT_PROTECTED_PATHS } from './write-scope.ts'

const dev: WriteScope = { allow: ['**'], protect: true }
const docs: WriteScope = { allow: ['*.md', 'docs/'], protect: false }
const file = '100644'

function kindOf(path: string, scope = dev, mode = file): string | null {
  const { violations } = checkWriteScope(scope, DEFAULT_PROTECTED_PATHS, [{ path, mode }])
  return violations[0]?.kind ?? null
}

test.each([
  '.github/workflows/ci.yml',
  '.github',
  'CODEOWNERS',
  'docs/CODEOWNERS',
  '.stagewright/config.yaml',
  'stagewright.yaml',
  '.GitHub/workflows/ci.yml',
  '.GITHUB/x',
  'codeowners',
  'Docs/CodeOwners',
  'StageWright.YAML',
  '.ｇithub/workflows/ci.yml',
  '.\u017ftagewright/x',
  '.g\u0131thub/x',
  '.github./workflows/ci.yml',
  '.github ./x'
])('%j is protected', path => {
  expect(kindOf(path)).toBe('protected')
})

test.each([
  'src/index.ts',
  '.githubx/a',
  'github/a',
  'docs/owners.md',
  '.gitignore',
  '.gitattributes',
  'a b.txt',
  'docs/имя.md',
  '...',
  'x.github/y'
])('%j may be written by dev', path => {
  expect(kindOf(path)).toBeNull()
})

test.each([
  '',
  '/etc/passwd',
  './a',
  'a/./b',
  '../a',
  'a/../.github/x',
  'a//b',
  'a/',
  'a\\..\\b',
  'a\u0000b',
  'a\nb',
  'a\u0007b',
  'C:/x',
  'c:x',
  '.git/config',
  'a/.git/hooks/pre-commit',
  'a/.GIT/x',
  '.git',
  'git~1/config',
  '.git./x',
  '.git /x',
  '.git::$INDEX_ALLOCATION/x',
  '.g\u200cit/config',
  '.git\u200d/x',
  '.git\ufeff/config',
  'a\u202etxt.exe',
  '\ud800',
  'trailing '
])('%j is unsafe', path => {
  expect(kindOf(path)).toBe('unsafe')
})

test.each([
  ['120000', 'link'],
  ['160000', 'submodule'],
  ['100755', null],
  ['000000', null]
])('mode %s in a scope that protects: %s', (mode, kind) => {
  expect(kindOf('src/x', dev, mode)).toBe(kind)
})

test('a link in the place of a protected folder is protected', () => {
  expect(kindOf('.github', dev, '120000')).toBe('protected')
})

test('taking a protected file away is a violation as well', () => {
  expect(kindOf('.github/workflows/ci.yml', dev, '000000')).toBe('protected')
})

test.each([
  ['docs/a.png', null],
  ['README.md', null],
  ['a/b/notes.md', null],
  ['src/a.ts', 'outside'],
  ['mydocs/a.png', 'outside']
])('a scope of documents and %s: %s', (path, kind) => {
  expect(kindOf(path, docs)).toBe(kind)
})

test('all violations are there, and twenty paths are named', () => {
  const changes = Array.from({ length: 30 }, (_, index) => ({
    path: `.github/${index}`,
    mode: file
  }))
  const { violations, named } = checkWriteScope(dev, DEFAULT_PROTECTED_PATHS, changes)
  expect(violations).toHaveLength(30)
  expect(named).toEqual(changes.slice(0, 20).map(({ path }) => path))
})

test('a pattern of its own protects at any depth and in any case', () => {
  const { violations } = checkWriteScope(
    dev,
    ['Secrets/', '*.PEM'],
    [
      { path: 'secrets/a', mode: file },
      { path: 'deep/secrets', mode: file },
      { path: 'deep/key.pem', mode: file },
      { path: 'secretsx', mode: file }
    ]
  )
  expect(violations.map(({ path }) => path)).toEqual(['secrets/a', 'deep/secrets', 'deep/key.pem'])
})
