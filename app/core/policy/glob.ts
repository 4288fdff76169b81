/** Path patterns as people write them in .gitignore: `**`, `*`, `?`, `[a-z]`, a leading slash, `dir/`. */
import { AppError } from '#app/core/errors.ts'

const MAX_LENGTH = 500

/**
 * A test for paths from the repository root. A pattern without a slash inside matches at any depth;
 * what matches a folder matches everything in it. `fold`: the pattern is folded as `foldPath` folds
 * a path, and `dir/**` matches `dir` itself, so that a link or file cannot take a folder's place.
 * Throws INVALID_ARGUMENT for a pattern that would silently match nothing: empty, `!`, `..`.
 */
export function pathMatcher(
  pattern: string,
  fold?: (text: string) => string
): (path: string) => boolean {
  const problem = globProblem(pattern)
  if (problem !== null) {
    throw new AppError('INVALID_ARGUMENT', `reading path pattern "${pattern}": ${problem}`)
  }
  let text = fold === undefined ? pattern : fold(pattern)
  const folderOnly = text.endsWith('/')
  if (folderOnly) text = text.slice(0, -1)
  const anchored = text.includes('/')
  if (text.startsWith('/')) text = text.slice(1)
  if (fold !== undefined) text = text.replace(/\/\*\*$/, '')
  const inside = folderOnly && fold === undefined ? '/.+' : '(?:/.*)?'
  const source = `^${anchored ? '' : '(?:.*/)?'}${body(text)}${inside}$`
  try {
    const test = new RegExp(source, 'su')
    return path => test.test(path)
  } catch (cause) {
    throw new AppError('INVALID_ARGUMENT', `reading path pattern "${pattern}"`, { cause })
  }
}

/** What is wrong with a pattern, for people; null when it is fine. */
export function globProblem(pattern: string): string | null {
  if (pattern.trim() === '' || /^\/+$/.test(pattern)) return 'it is empty'
  if (pattern.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`
  if (pattern.startsWith('!')) return 'exceptions with "!" are not supported; list what is meant'
  if (pattern.includes('\\')) return 'use "/" between folders, and no "\\"'
  if (pattern.split('/').some(segment => segment === '..' || segment === '.')) {
    return 'write it from the repository root, without "." and ".."'
  }
  return null
}

function body(pattern: string): string {
  let source = ''
  let at = 0
  while (at < pattern.length) {
    const rest = pattern.slice(at)
    const [text, pieces] = piece(rest, at === 0 || pattern[at - 1] === '/')
    source += pieces
    at += text
  }
  return source
}

/** The next piece of a pattern: how many characters it takes, and its regular expression. */
function piece(rest: string, atSegmentStart: boolean): readonly [number, string] {
  if (atSegmentStart && rest.startsWith('**/')) return [3, '(?:.*/)?']
  if (rest.startsWith('**'))
    return [rest.match(/^\*+/)?.[0].length ?? 2, atSegmentStart ? '.*' : '[^/]*']
  if (rest.startsWith('*')) return [1, '[^/]*']
  if (rest.startsWith('?')) return [1, '[^/]']
  const set = /^\[(!?)([^\]/[\\]+)\]/.exec(rest)
  if (set !== null) {
    const negated = set[1] === '!' ? '^/' : ''
    return [set[0].length, `[${negated}${(set[2] ?? '').replaceAll('^', '\\^')}]`]
  }
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0)
  return [character.length, character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')]
}
