import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { CheckRunContent } from '#app/ports/github.ts'
import { type GitHubBench, startGitHubBench } from '#app/testing/github-bench.ts'

let bench: GitHubBench
let mainSha: string

beforeAll(async () => {
  bench = await startGitHubBench()
  mainSha = (await bench.github.head(bench.repository, 'main')) ?? ''
})

afterEach(() => bench.sandbox.faults.clear())

afterAll(() => bench.close())

function content(changes: Partial<CheckRunContent> = {}): CheckRunContent {
  return {
    name: 'stagewright / dev',
    headSha: mainSha,
    externalId: 'run-1',
    status: 'in_progress',
    conclusion: null,
    title: 'Working',
    summary: 'stage: dev',
    text: '',
    startedAt: '2026-02-01T10:00:00Z',
    completedAt: null,
    detailsUrl: null,
    actions: [],
    ...changes
  }
}

interface WireCheck {
  readonly id: number
  readonly external_id: string
  readonly status: string
  readonly conclusion: string | null
  readonly output: { readonly summary: string }
}

async function checksOf(sha: string): Promise<readonly WireCheck[]> {
  const path = `/commits/${sha}/check-runs?filter=all&per_page=100`
  return (await bench.asOwner<{ check_runs: readonly WireCheck[] }>('GET', path)).check_runs
}

test('a check run whose answer was lost is found by its external id and not made twice', async () => {
  const mine = content({ externalId: 'run-lost' })
  await bench.github.checkRun(bench.repository, {
    id: null,
    content: content({ externalId: 'run-other' }),
    mayExist: false
  })
  bench.sandbox.faults.loseAnswer({ method: 'POST', path: /\/check-runs$/, times: 1 })
  const first = bench.github.checkRun(bench.repository, {
    id: null,
    content: mine,
    mayExist: false
  })
  await expect(first).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' })
  const { id } = await bench.github.checkRun(bench.repository, {
    id: null,
    content: mine,
    mayExist: true
  })
  const found = (await checksOf(mainSha)).filter(one => one.external_id === 'run-lost')
  expect(found.map(one => one.id)).toEqual([id])
})

test('a check run is updated and completed by its id, with three buttons at most', async () => {
  const actions = ['cancel', 'retry', 'third', 'fourth'].map(identifier => ({
    label: `${identifier} this run, please do`,
    description: `${identifier} the run that this check stands for, at once`,
    identifier
  }))
  const mine = content({ externalId: 'run-2', actions, text: 'x'.repeat(70_000) })
  const { id } = await bench.github.checkRun(bench.repository, {
    id: null,
    content: mine,
    mayExist: false
  })
  await bench.sandbox.pressButton({
    repository: 'octo-owner/widget',
    checkRunId: id,
    identifier: 'third',
    by: 'octo-owner'
  })
  const pressed = { repository: 'octo-owner/widget', checkRunId: id, by: 'octo-owner' }
  await expect(
    bench.sandbox.pressButton({ ...pressed, identifier: 'fourth' })
  ).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
  const done = content({
    externalId: 'run-2',
    status: 'completed',
    conclusion: 'success',
    completedAt: '2026-02-01T10:05:00Z',
    title: 'Done'
  })
  expect(
    await bench.github.checkRun(bench.repository, { id, content: done, mayExist: false })
  ).toEqual({ id })
  const found = (await checksOf(mainSha)).filter(one => one.external_id === 'run-2')
  expect(found).toMatchObject([{ id, status: 'completed', conclusion: 'success' }])
  await expect(
    bench.sandbox.pressButton({ ...pressed, identifier: 'cancel' })
  ).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
})
