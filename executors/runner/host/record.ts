/** What a host writes down about an attempt, so that the next one can tell what became of it and clean up. */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AttemptId, Isolation } from '#app/core/attempt.ts'
import type { RunnerEnd } from '#executors/runner/runner.ts'
import type { Seen } from './processes.ts'

/** No secret stands here. */
export interface AttemptRecord {
  readonly id: AttemptId
  readonly startedAt: string
  readonly isolation: Isolation
  readonly uid: number | null
  /** The run's folder; below the attempt's own one unless that stands below a closed folder. */
  readonly place: string
  /** First processes of the groups that the attempt started: launcher, agent. */
  readonly groups: readonly Seen[]
  /** Null while it runs. */
  readonly end: RunnerEnd | null
}

export function lostEnd(message: string): RunnerEnd {
  return { end: 'lost', exitCode: null, message }
}

/** Ids become folder names, so only these characters. */
export function isAttemptId(id: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,80}$/.test(id)
}

export function attemptsFolder(stateDir: string): string {
  return join(stateDir, 'attempts')
}

export function attemptFolder(stateDir: string, id: AttemptId): string {
  return join(attemptsFolder(stateDir), id)
}

/** The runner's own files of an attempt; closed to the agent's user. */
export function runnerFolder(stateDir: string, id: AttemptId): string {
  return join(attemptFolder(stateDir, id), 'runner')
}

/** Written whole or not at all. */
export function writeRecord(stateDir: string, record: AttemptRecord): void {
  const file = join(runnerFolder(stateDir, record.id), 'attempt.json')
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Null when the attempt died before its record was written, or the record cannot be read. */
export function readRecord(stateDir: string, id: AttemptId): AttemptRecord | null {
  const file = join(runnerFolder(stateDir, id), 'attempt.json')
  if (!existsSync(file)) return null
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as Partial<AttemptRecord> | null
    const whole = record?.id === id && typeof record.place === 'string' && record.groups
    return whole ? (record as AttemptRecord) : null
  } catch {
    // Damaged by a full disk or a crash of the machine: as good as none, and told as lost.
    return null
  }
}

/** Every attempt that has a folder. */
export function listAttempts(stateDir: string): readonly AttemptId[] {
  const folder = attemptsFolder(stateDir)
  return existsSync(folder) ? readdirSync(folder).filter(isAttemptId).sort() : []
}
