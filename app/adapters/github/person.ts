import type { Person } from '#app/core/event.ts'

/** Octokit's types allow for ids beyond 2^53; GitHub's are far below. */
export interface WireUser {
  readonly id: number | bigint
  readonly login: string
  readonly type: string
}

/** Who GitHub shows in place of a deleted account. */
const GHOST: Person = { id: 10_137, login: 'ghost', type: 'User' }

export function personOf(user: WireUser | null | undefined): Person {
  return user == null ? GHOST : { id: Number(user.id), login: user.login, type: user.type }
}
