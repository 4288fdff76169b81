/** Which of a run's changes lie outside of what its stage may write (decisions 15). */
import type { WriteScope } from '#app/core/stage.ts'
import { stripInvisible } from '#app/core/untrusted-text.ts'
import { pathMatcher } from './glob.ts'

/** What decides over people, pipelines and this platform: it takes a person to change these. */
export const DEFAULT_PROTECTED_PATHS: readonly string[] = [
  '.github/**',
  'CODEOWNERS',
  'docs/CODEOWNERS',
  '.stagewright/**',
  'stagewright.yaml'
]

/** So many paths are named to people; the others are counted. */
export const MAX_NAMED_PATHS = 20

export type ViolationKind = 'unsafe' | 'protected' | 'link' | 'submodule' | 'outside'

export interface Violation {
  readonly path: string
  readonly kind: ViolationKind
}

export interface ScopeCheck {
  readonly violations: readonly Violation[]
  /** The first `MAX_NAMED_PATHS` paths, for display. */
  readonly named: readonly string[]
}

interface PathChange {
  readonly path: string
  /** Git file mode after the change; `000000` when the file is gone. */
  readonly mode: string
}

/**
 * Every change that is not allowed, each with its first reason. Deletions count like changes.
 * Protected paths are compared as the most forgiving file system would read them, so that `.GitHub`
 * on a Mac, or the same letters in another Unicode form, do not slip through. Links and submodules
 * are refused in a scope that protects paths, since only their mode is known here, not their target.
 */
export function checkWriteScope(
  scope: WriteScope,
  protectedPaths: readonly string[],
  changes: readonly PathChange[]
): ScopeCheck {
  const guards = scope.protect ? protectedPaths.map(pattern => pathMatcher(pattern, foldPath)) : []
  const allows = scope.allow.map(pattern => pathMatcher(pattern))
  const violations = changes.flatMap(change => {
    const kind = violationOf(change, { guards, allows, protect: scope.protect })
    return kind === null ? [] : [{ path: change.path, kind }]
  })
  return {
    violations,
    named: violations.slice(0, MAX_NAMED_PATHS).map(violation => violation.path)
  }
}

interface Matchers {
  readonly guards: ReadonlyArray<(path: string) => boolean>
  readonly allows: ReadonlyArray<(path: string) => boolean>
  readonly protect: boolean
}

function violationOf(change: PathChange, matchers: Matchers): ViolationKind | null {
  const { path, mode } = change
  if (isUnsafePath(path)) return 'unsafe'
  const folded = foldPath(path)
  if (matchers.guards.some(matches => matches(folded))) return 'protected'
  if (matchers.protect && mode === '120000') return 'link'
  if (matchers.protect && mode === '160000') return 'submodule'
  if (!matchers.allows.some(matches => matches(path))) return 'outside'
  return null
}

/**
 * Paths that mean something else on some file system, or something inside `.git` (as git's own
 * `core.protectHFS` and `core.protectNTFS`): absolute, with `.`, `..` or empty parts, backslashes,
 * control or invisible characters, drive letters, `git~1`, streams, names that only Windows trims.
 */
function isUnsafePath(path: string): boolean {
  if (path === '' || path.length > 4096 || !path.isWellFormed()) return true
  if (/[\\\n\t]/.test(path) || stripInvisible(path) !== path) return true
  if (/^[a-z]:/i.test(path)) return true
  return path.split('/').some(isUnsafeSegment)
}

function isUnsafeSegment(segment: string): boolean {
  const folded = fold(segment)
  if (folded === '' || folded === '..' || folded === '.') return true
  if (/^(?:\.git|git~\d+)(?:$|[ .:])/.test(folded)) return true
  return segment !== segment.trimEnd()
}

/** A path as the most forgiving file system compares it: case, Unicode form, trailing dots and spaces. */
function foldPath(path: string): string {
  return path
    .split('/')
    .map(segment => fold(segment).replace(/(?<=[^.* ])[. ]+$/, ''))
    .join('/')
}

function fold(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}
