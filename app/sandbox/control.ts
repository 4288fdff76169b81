/** What a person does outside the API: making people and repositories, and pressing buttons. */
import { join } from 'node:path'
import { AppError } from '#app/core/errors.ts'
import { initRepository, writeCommit } from '#app/sandbox/git/write.ts'
import { roleOf } from './actor.ts'
import { announceCheckRun } from './announce.ts'
import { type Chosen, install, installationOf } from './installations.ts'
import type { Account, CheckRun, Repository, State } from './state.ts'
import { findAccount, findRepository, nextRecord, stamp, type World } from './world.ts'

const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}$/
const NAME = /^(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}$/

/** Finds or makes an account. INVALID_ARGUMENT for a login that GitHub does not allow. */
export function ensureAccount(
  world: { readonly state: State; readonly now: () => Date },
  login: string,
  given: { readonly email?: string; readonly type?: 'User' | 'Organization' } = {}
): Account {
  const before = findAccount(world.state, login)
  if (before !== null) return before
  if (!LOGIN.test(login)) {
    const what = 'use up to 39 letters, digits and single dashes inside'
    throw new AppError('INVALID_ARGUMENT', `making the account "${login}": ${what}`)
  }
  const { state } = world
  state.lastAccount += 1
  const account: Account = {
    id: state.lastAccount,
    login,
    type: given.type ?? 'User',
    email: given.email ?? `${state.lastAccount}+${login}@users.noreply.github.com`,
    createdAt: stamp(world)
  }
  state.accounts.set(login.toLowerCase(), account)
  return account
}

interface NewRepository {
  readonly owner: string
  readonly name: string
  /** Path to text; one first commit holds them all. */
  readonly files: Readonly<Record<string, string>>
  readonly private?: boolean
  readonly defaultBranch?: string
  /** Puts the App on it; where it is on all repositories of the owner anyway, it is put on this. */
  readonly install: boolean
}

/** A repository with one commit. CONFLICT when the name is taken. */
export async function createRepository(world: World, input: NewRepository): Promise<Repository> {
  const { state } = world
  const full = `${input.owner}/${input.name}`
  if (!NAME.test(input.name)) {
    const what = 'use letters, digits, ".", "_" and "-", at most 100, not ending with .git'
    throw new AppError('INVALID_ARGUMENT', `making the repository "${full}": ${what}`)
  }
  if (findRepository(state, input.owner, input.name) !== null) {
    throw new AppError('CONFLICT', `making the repository "${full}": it is there already`)
  }
  const owner = ensureAccount(world, input.owner)
  const defaultBranch = input.defaultBranch ?? 'main'
  const folder = join(world.git.root, owner.login.toLowerCase(), `${input.name.toLowerCase()}.git`)
  await initRepository(world.git, folder, defaultBranch)
  const author = { name: owner.login, email: owner.email, date: stamp(world) }
  await writeCommit(world.git, folder, {
    branch: defaultBranch,
    parent: null,
    message: 'Initial commit',
    author,
    committer: author,
    files: new Map(Object.entries(input.files).map(([path, text]) => [path, Buffer.from(text)]))
  })
  const createdAt = stamp(world)
  const repository: Repository = {
    id: nextRecord(state),
    owner,
    name: input.name,
    fullName: `${owner.login}/${input.name}`,
    private: input.private ?? false,
    defaultBranch,
    folder,
    collaborators: new Map(),
    labels: [],
    issues: [],
    comments: [],
    suites: [],
    checkRuns: [],
    createdAt,
    updatedAt: createdAt,
    pushedAt: createdAt
  }
  state.repositories.set(repository.fullName.toLowerCase(), repository)
  if (input.install || installationOf(world, owner)?.selection === 'all') {
    install(world, owner, { repositories: withOne(world, repository), by: owner })
  }
  return repository
}

/** The chosen repositories of an installation with this one among them. */
function withOne(world: World, repository: Repository): Chosen {
  const installation = installationOf(world, repository.owner)
  if (installation?.selection === 'all') return 'all'
  const had = [...world.state.repositories.values()].filter(one =>
    installation?.repositories.has(one.id)
  )
  return [...had, repository]
}

export function repositoryNamed(world: World, fullName: string): Repository {
  const [owner = '', name = ''] = fullName.split('/')
  const repository = findRepository(world.state, owner, name)
  if (repository !== null) return repository
  throw new AppError('NOT_FOUND', `looking up the repository "${fullName}": there is none`)
}

export function accountNamed(world: World, login: string): Account {
  const account = findAccount(world.state, login)
  if (account !== null) return account
  throw new AppError('NOT_FOUND', `looking up the account "${login}": there is none`)
}

interface Press {
  readonly repository: string
  readonly checkRunId: number
  readonly by: string
}

function pressed(
  world: World,
  press: Press
): { readonly repository: Repository; readonly run: CheckRun; readonly by: Account } {
  const repository = repositoryNamed(world, press.repository)
  const by = accountNamed(world, press.by)
  const run = repository.checkRuns.find(one => one.id === press.checkRunId)
  const where = `check run ${press.checkRunId} of ${press.repository}`
  if (run === undefined) throw new AppError('NOT_FOUND', `pressing a button: no ${where}`)
  if (roleOf(repository, by) === null) {
    throw new AppError('FORBIDDEN', `pressing a button: ${by.login} cannot see ${where}`)
  }
  return { repository, run, by }
}

/** Sends `check_run.requested_action`. FAILED_PRECONDITION when the run shows no such button. */
export function pressButton(world: World, press: Press & { readonly identifier: string }): void {
  const { repository, run, by } = pressed(world, press)
  if (!run.actions.some(action => action.identifier === press.identifier)) {
    const shown = run.actions.map(action => action.identifier).join(', ') || 'none'
    throw new AppError(
      'FAILED_PRECONDITION',
      `pressing "${press.identifier}": check run ${run.id} has these buttons: ${shown}`
    )
  }
  const extra = { requested_action: { identifier: press.identifier } }
  announceCheckRun({ world, repository, by }, run, 'requested_action', extra)
}

/** Sends `check_run.rerequested`, as the "Re-run" link of GitHub's page does. */
export function rerequest(world: World, press: Press): void {
  const { repository, run, by } = pressed(world, press)
  announceCheckRun({ world, repository, by }, run, 'rerequested')
}
