/** Names in our bare repositories. Branch names are hashed, so that `a` and `a/b` can stand together. */
import { createHash } from 'node:crypto'
import { AppError } from '#app/core/errors.ts'

/** Where a run's taken-in head waits for its push. */
export function headOf(run: string): string {
  return `refs/stagewright/${part(run)}`
}

/** The commit that the run's changes are counted from. */
export function baseOf(run: string): string {
  return `refs/stagewright-base/${part(run)}`
}

/** The default branch's head when the run was taken in; the base where there was none. */
export function defaultOf(run: string): string {
  return `refs/stagewright-default/${part(run)}`
}

/** What we saw of GitHub last; keeps history here, so that the next fetch is small. */
export function seenRef(name: string): string {
  return `refs/seen/${createHash('sha256').update(name).digest('hex').slice(0, 20)}`
}

/** Ids become parts of paths and refs, so only harmless ones pass. */
export function part(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,80}$/.test(id)) return id
  throw new AppError('INVALID_ARGUMENT', `naming a git ref by the id "${id}"`)
}
