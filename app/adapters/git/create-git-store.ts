/** Bare repositories of our own, one for each repository, where bundles are checked and pushed from. */
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '#app/core/errors.ts'
import type { Repository } from '#app/core/project.ts'
import type { GitStore } from '#app/ports/gate.ts'
import { pushHead } from './push.ts'
import { readPushed } from './pushed.ts'
import { baseOf, defaultOf, headOf, part } from './refs.ts'
import { type Access, remoteOf } from './remote.ts'
import { type GitSpace, runGit } from './run-git.ts'
import { takeBundleIn } from './take-in.ts'

export interface GitStoreOptions {
  /** Absolute; made when it is missing. May be shared by processes of one machine, and may be lost. */
  readonly folder: string
  readonly access: Access
  /** Search path for git and its programs; default: this process's own. */
  readonly path?: string
}

/** Git says these when another process holds a lock for the moment. */
const LOCKED =
  /cannot lock ref|unable to (create|lock)|\.lock'?: File exists|shallow file has changed/i
const LOCK_TRIES_MS = [100, 400, 1600]

export function createGitStore(options: GitStoreOptions): GitStore {
  const space: GitSpace = {
    folder: options.folder,
    path: options.path ?? env.PATH ?? '/usr/local/bin:/usr/bin:/bin'
  }
  const turns = new Map<string, Promise<unknown>>()

  /** One piece of work at a time for each repository here; between processes git's locks decide. */
  function inTurn<T>(repository: Repository, work: (folder: string) => Promise<T>): Promise<T> {
    const before = turns.get(repository.id) ?? Promise.resolve()
    const mine = before
      // Whoever was before us has told its own caller of its error.
      .catch(() => {})
      .then(async () => retryLocked(work, await openRepository(space, repository.id)))
    turns.set(repository.id, mine)
    const clear = (): void => {
      if (turns.get(repository.id) === mine) turns.delete(repository.id)
    }
    mine.then(clear, clear)
    return mine
  }

  return {
    takeIn(repository, input) {
      const remote = remoteOf(options.access, repository)
      return inTurn(repository, folder =>
        takeBundleIn(space, folder, { repository, remote, input })
      )
    },
    readPushed(repository, input) {
      return inTurn(repository, folder => readPushed(space, folder, input))
    },
    push(repository, input) {
      const remote = remoteOf(options.access, repository)
      return inTurn(repository, folder => pushHead(space, folder, { repository, remote, input }))
    },
    forget(repository, run) {
      return inTurn(repository, async folder => {
        const refs = [headOf(run), baseOf(run), defaultOf(run)]
        const input = refs.map(ref => `delete ${ref}\n`).join('')
        await runGit(space, folder, ['update-ref', '--stdin'], { input })
        await runGit(space, folder, [...LIGHT_HOUSEKEEPING, 'gc', '--auto', '--quiet'])
      })
    }
  }
}

/** Objects of refused and forgotten bundles go after a day, while no fetch of ours is under way. */
const LIGHT_HOUSEKEEPING = [
  ...['-c', 'gc.auto=2000'],
  ...['-c', 'gc.autoDetach=false'],
  ...['-c', 'gc.pruneExpire=1.day.ago']
]

/** Made beside and moved into place, so that two processes cannot see half a repository. */
async function openRepository(space: GitSpace, id: string): Promise<string> {
  const folder = join(space.folder, `${part(id)}.git`)
  await mkdir(space.folder, { recursive: true, mode: 0o700 })
  const known = await runGit(space, folder, ['rev-parse', '--git-dir'], { codes: [0, 128] })
  if (known.code === 0) return folder
  const fresh = join(space.folder, `.new-${part(id)}-${process.pid}-${Date.now()}`)
  await runGit(space, fresh, ['init', '--quiet', '--bare', '--template='])
  try {
    await rename(fresh, folder)
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true })
    const now = await runGit(space, folder, ['rev-parse', '--git-dir'], { codes: [0, 128] })
    if (now.code !== 0)
      throw new AppError('GIT', `making a bare repository in ${space.folder}`, { cause })
  }
  return folder
}

async function retryLocked<T>(work: (folder: string) => Promise<T>, folder: string): Promise<T> {
  for (const wait of LOCK_TRIES_MS) {
    try {
      return await work(folder)
    } catch (error) {
      const locked = error instanceof AppError && error.code === 'GIT' && LOCKED.test(error.message)
      if (!locked) throw error
      await pause(wait * (0.5 + Math.random()))
    }
  }
  return work(folder)
}
