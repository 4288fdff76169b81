/** Everything a handler may need, in one record made by startSandbox. */
import type { GitSpace } from '#app/sandbox/git/process.ts'
import type { RegisteredApp } from './app.ts'
import type { Account, Installation, Repository, State } from './state.ts'
import type { Webhooks } from './webhooks.ts'

export interface World {
  /** Where pages and clones live, no slash at the end. */
  readonly url: string
  readonly apiUrl: string
  /** null until one is registered, by the manifest flow. */
  app: RegisteredApp | null
  readonly state: State
  readonly git: GitSpace
  readonly webhooks: Webhooks
  readonly now: () => Date
}

/** GitHub writes times to the second: 2026-01-31T12:00:00Z. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

export function stamp(world: Pick<World, 'now'>): string {
  return timestamp(world.now())
}

export function nextRecord(state: State): number {
  state.lastRecord += 1
  return state.lastRecord
}

/** An opaque global id; the prefix tells the kind apart, as GitHub's do. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`${prefix}:${id}`).toString('base64url')}`
}

/** Logins and repository names are compared without regard to case. */
export function findRepository(state: State, owner: string, name: string): Repository | null {
  return state.repositories.get(`${owner}/${name}`.toLowerCase()) ?? null
}

export function findAccount(state: State, login: string): Account | null {
  return state.accounts.get(login.toLowerCase()) ?? null
}

/** The installation that has this repository; null when the App is not installed there. */
export function installationOn(state: State, repository: Repository): Installation | null {
  for (const installation of state.installations.values()) {
    if (installation.repositories.has(repository.id)) return installation
  }
  return null
}

export function repositoryById(state: State, id: number): Repository | null {
  for (const repository of state.repositories.values()) {
    if (repository.id === id) return repository
  }
  return null
}
