/** The gate between what an agent made and what the platform publishes: pure, the same answer for the same facts. */
import type { GateLimits } from '#app/core/settings.ts'
import type { ScopeCheck } from './write-scope.ts'
import { MAX_NAMED_PATHS } from './write-scope.ts'

/**
 * What one push may bring with all its history: files and commits (the scan takes about 0.3 ms for
 * each), and their bytes, which are in memory at once. More than any setting allows at the head.
 */
export const PUSH_LIMITS = { count: 10_000, bytes: 128 * 1024 * 1024 } as const

export interface GateFacts {
  readonly changes: ReadonlyArray<{
    readonly path: string
    readonly status: 'added' | 'modified' | 'deleted'
    readonly bytes: number
  }>
  /** Everything the push would bring, also what later commits took away again. */
  readonly pushed: {
    readonly count: number
    readonly bytes: number
    /** Not looked into for secrets because of their size. */
    readonly large: ReadonlyArray<{ readonly path: string; readonly bytes: number }>
  }
  readonly violations: ScopeCheck
  readonly findings: ReadonlyArray<{
    readonly path: string
    readonly line: number
    readonly rule: string
  }>
  readonly limits: GateLimits
}

/**
 * `detail` is the same in every language: one path a line, behind it in brackets what is wrong with
 * it, and `+N` when more than twenty would stand there. `failure.ts` among the replies puts it in words.
 */
export type GateVerdict =
  | { readonly ok: true }
  | {
      readonly reason: 'scope_violation' | 'secret_found' | 'too_large'
      readonly detail: string
      /** At most `MAX_NAMED_PATHS`. */
      readonly paths: readonly string[]
    }

interface Item {
  readonly path: string | null
  readonly line: string
}

/** Scope comes first: it is what a person can settle at once. Nothing is pushed in any case. */
export function decideGate(facts: GateFacts): GateVerdict {
  const scope = facts.violations.violations.map(({ path, kind }) => item(path, kind))
  if (scope.length > 0) return refused('scope_violation', scope)
  const secrets = facts.findings.map(({ path, line, rule }) => item(path, `${line}: ${rule}`))
  if (secrets.length > 0) return refused('secret_found', secrets)
  const sizes = tooLarge(facts)
  return sizes.length > 0 ? refused('too_large', sizes) : { ok: true }
}

function tooLarge({ changes, pushed, limits }: GateFacts): readonly Item[] {
  const kept = changes.filter(change => change.status !== 'deleted')
  const total = kept.reduce((sum, change) => sum + change.bytes, 0)
  const items: Item[] = []
  const counts = [
    [changes.length, limits.changedFiles],
    [pushed.count, PUSH_LIMITS.count]
  ] as const
  for (const [count, limit] of counts) {
    if (count > limit) items.push({ path: null, line: `files: ${count} > ${limit}` })
  }
  const sums = [
    [total, limits.changedBytes],
    [pushed.bytes, PUSH_LIMITS.bytes]
  ] as const
  for (const [bytes, limit] of sums) {
    if (bytes > limit) {
      items.push({ path: null, line: `total: ${mebibytes(bytes)} > ${mebibytes(limit)}` })
    }
  }
  // A file over the limit at the head is among both, and named once.
  const files = new Map<string, Item>()
  for (const { path, bytes } of kept.filter(({ bytes }) => bytes > limits.fileBytes)) {
    files.set(`${bytes} ${path}`, oversized(path, bytes, limits))
  }
  for (const { path, bytes } of pushed.large) {
    files.set(`${bytes} ${path}`, oversized(path, bytes, limits))
  }
  return [...items, ...files.values()]
}

function oversized(path: string, bytes: number, { fileBytes }: GateLimits): Item {
  return item(path, `${mebibytes(bytes)} > ${mebibytes(fileBytes)}`)
}

function refused(
  reason: 'scope_violation' | 'secret_found' | 'too_large',
  items: readonly Item[]
): GateVerdict {
  const shown = items.slice(0, MAX_NAMED_PATHS)
  const more = items.length > shown.length ? [`+${items.length - shown.length}`] : []
  return {
    reason,
    detail: [...shown.map(({ line }) => line), ...more].join('\n'),
    paths: shown.flatMap(({ path }) => path ?? [])
  }
}

/** A path with a line break would fake a second entry, so such characters are spelled out. */
function item(path: string, note: string): Item {
  const shown = path.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  )
  const cut = shown.length > 300 ? `${shown.slice(0, 299)}…` : shown
  return { path: cut, line: `${cut} (${note})` }
}

function mebibytes(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.ceil(bytes / 1024)} KiB`
  return `${Math.ceil((bytes / 1024 / 1024) * 10) / 10} MiB`
}
