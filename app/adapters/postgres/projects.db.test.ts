import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Person } from '#app/core/event.ts'
import type { Projects } from '#app/ports/projects.ts'
import type { Store } from '#app/ports/store.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { REPOSITORY } from '#app/testing/stored-runs.ts'

let app: AppStore
let store: Store

beforeAll(async () => {
  app = await appStore()
  ;({ store } = app)
})

beforeEach(async () => {
  await app.database.db.raw('truncate repositories, users cascade')
})

afterAll(() => app.drop())

function call<T>(work: (projects: Projects) => Promise<T>): Promise<T> {
  return store.transaction(tables => work(tables.projects))
}

const ada: Person = { id: 1, login: 'Ada', type: 'User' }

test('a repository is registered in the default project once, by its GitHub id', async () => {
  const all = await Promise.all(
    Array.from({ length: 10 }, () => call(projects => projects.repository(REPOSITORY)))
  )
  const [first] = all
  expect(first).toEqual({
    ...REPOSITORY,
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    projectId: 'default',
    locale: 'en',
    protectedPaths: null
  })
  expect(new Set(all.map(repository => repository.id)).size).toBe(1)
  expect(await call(projects => projects.repositoryById(first?.id ?? ''))).toEqual(first)
  expect(await call(projects => projects.repositories())).toEqual([first])
  expect(await call(projects => projects.repositoryById('unknown'))).toBeNull()
})

test.each([
  ['a rename', { name: 'new' }],
  ['a transfer', { owner: 'other' }],
  ['another default branch', { defaultBranch: 'trunk' }],
  ['another installation', { installationId: 100 }]
] as const)('%s is followed', async (_what, change) => {
  const before = await call(projects => projects.repository(REPOSITORY))
  expect(await call(projects => projects.repository({ ...REPOSITORY, ...change }))).toEqual({
    ...before,
    ...change
  })
  expect(await call(projects => projects.repositories())).toHaveLength(1)
})

test('a name that was handed on belongs to the repository that has it now', async () => {
  const old = await call(projects => projects.repository(REPOSITORY))
  const heir = await call(projects => projects.repository({ ...REPOSITORY, providerId: 4712 }))
  expect(heir).toMatchObject({ name: 'app', providerId: 4712 })
  expect(heir.id).not.toBe(old.id)
  expect(await call(projects => projects.repositoryById(old.id))).toMatchObject({
    name: 'app~4711'
  })
  const renamed = await call(projects => projects.repository({ ...REPOSITORY, name: 'app-old' }))
  expect(renamed).toMatchObject({ id: old.id, name: 'app-old' })
})

test('a repository’s own locale and paths go before its project’s', async () => {
  const { id } = await call(projects => projects.repository(REPOSITORY))
  await app.database
    .db('repositories')
    .where({ id })
    .update({ locale: 'ru', protected_paths: ['a/**'] })
  expect(await call(projects => projects.repositoryById(id))).toMatchObject({
    locale: 'ru',
    protectedPaths: ['a/**']
  })
})

test('the default project is there from the first migration', async () => {
  expect(await call(projects => projects.project('default'))).toEqual({
    id: 'default',
    key: 'default',
    locale: 'en',
    allowGitHubWriters: true,
    maxParallelRuns: 4
  })
  await expect(call(projects => projects.project('none'))).rejects.toMatchObject({
    code: 'NOT_FOUND'
  })
})

test.each([
  ['nobody of ours', [], null],
  [
    'a user without a project role',
    [{ id: 'u', github_id: 1, login: 'old-name', platform_role: 'owner' }],
    { platformRole: 'owner', projectRole: null }
  ],
  [
    'a user entered by login, whatever its letters',
    [{ id: 'u', login: 'aDA' }],
    { platformRole: 'none', projectRole: null }
  ],
  ['another person who had this login before', [{ id: 'u', github_id: 2, login: 'ada' }], null]
] as const)('a person is %s', async (_what, users, membership) => {
  if (users.length > 0) await app.database.db('users').insert([...users])
  expect(await call(projects => projects.membership('default', ada))).toEqual(membership)
})

test('a user entered by login is bound to the first GitHub id that comes with it', async () => {
  await app.database.db('users').insert({ id: 'u', login: 'ada' })
  await app.database
    .db('project_members')
    .insert({ project_id: 'default', user_id: 'u', role: 'read_write' })
  const role = { platformRole: 'none', projectRole: 'read_write' }
  expect(await call(projects => projects.membership('default', ada))).toEqual(role)
  const renamed = { ...ada, login: 'countess' }
  expect(await call(projects => projects.membership('default', renamed))).toEqual(role)
  const impostor = { ...ada, id: 2 }
  expect(await call(projects => projects.membership('default', impostor))).toBeNull()
})
