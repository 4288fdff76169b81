import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { HookAttempt } from '#app/core/missed-delivery.ts'
import type { AppHook } from '#app/ports/app-hook.ts'
import type { RateLimiter } from '#app/ports/rate-limiter.ts'
import { fakeRateLimiter } from '#app/testing/fake-rate-limiter.ts'
import { type GitHubBench, startGitHubBench } from '#app/testing/github-bench.ts'
import { recordedLog } from '#app/testing/recorded-log.ts'
import { type ScriptedServer, startScriptedServer } from '#app/testing/scripted-server.ts'
import { createAppHook } from './app-hook.ts'

let bench: GitHubBench
let receiver: ScriptedServer
let hook: ReturnType<typeof createAppHook>
/** What the receiver answers. */
let status = 202
const taken: Array<{ readonly bucket: string; readonly cost: number; readonly reserve: number }> =
  []

beforeAll(async () => {
  bench = await startGitHubBench()
  receiver = await startScriptedServer((request, response) => {
    request.resume()
    response.writeHead(status).end()
  })
  bench.sandbox.setWebhook({ url: receiver.url, secret: 'a-secret-for-this-test' })
  const limiter = fakeRateLimiter()
  const watched: RateLimiter = {
    take: (bucket, cost, reserve) => {
      taken.push({ bucket, cost, reserve })
      return limiter.take(bucket, cost, reserve)
    },
    block: limiter.block
  }
  hook = createAppHook({
    apiUrl: bench.sandbox.apiUrl,
    webUrl: bench.sandbox.url,
    appId: bench.sandbox.app.id,
    privateKey: bench.sandbox.app.privateKey,
    limiter: watched,
    log: recordedLog()
  })
})

afterAll(async () => {
  await receiver.close()
  await bench.close()
})

async function wholeLog(of: AppHook): Promise<ReadonlyArray<readonly HookAttempt[]>> {
  const pages: Array<readonly HookAttempt[]> = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<AppHook['page']>> = await of.page(cursor)
    pages.push(page.attempts)
    cursor = page.next
  } while (cursor !== null)
  return pages
}

test('the log comes page by page, newest first, with ids that no number could hold', async () => {
  await bench.asOwner('POST', '/issues', { title: 'Many' })
  for (let count = 0; count < 120; count += 1) {
    await bench.asOwner('POST', '/issues/1/comments', { body: `Comment ${count}` })
  }
  await bench.sandbox.settled()
  const sent = bench.sandbox.deliveries()
  const pages = await wholeLog(hook)
  expect(pages.map(page => page.length)).toEqual([100, sent.length - 100])
  const all = pages.flat()
  expect(all.map(one => one.guid)).toEqual(sent.map(one => one.id).toReversed())
  expect(all[0]).toMatchObject({ event: 'issue_comment', action: 'created', statusCode: 202 })
  const ids = all.map(one => BigInt(one.id))
  expect(new Set(ids).size).toBe(all.length)
  expect(ids.every(id => id > BigInt(Number.MAX_SAFE_INTEGER))).toBe(true)
}, 60_000)

test('a delivery is asked for again by the id of an attempt, and the new attempt has the same guid', async () => {
  status = 503
  await bench.asOwner('POST', '/issues/1/comments', { body: 'Missed' })
  await bench.sandbox.settled()
  const [failed] = (await hook.page(null)).attempts
  expect(failed).toMatchObject({ statusCode: 503 })
  status = 202
  await hook.redeliver(failed?.id ?? '')
  await bench.sandbox.settled()
  const [again, before] = (await hook.page(null)).attempts
  expect(again).toMatchObject({ guid: failed?.guid, statusCode: 202 })
  expect(again?.id).not.toBe(failed?.id)
  expect(before).toEqual(failed)
})

test('an attempt that GitHub does not have is NOT_FOUND, and what is no id never leaves', async () => {
  await expect(hook.redeliver('42')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const before = bench.sandbox.requests().length
  await expect(hook.redeliver('../1')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  expect(bench.sandbox.requests()).toHaveLength(before)
})

test('every call leaves points for the tokens of runs in the App’s bucket', () => {
  expect(taken.length).toBeGreaterThan(3)
  for (const { bucket, reserve } of taken) expect([bucket, reserve]).toEqual(['github:app', 100])
  expect(new Set(taken.map(one => one.cost))).toEqual(new Set([1, 5]))
})

test('the webhook’s address and whether it has a secret are told, the secret is not', async () => {
  expect(await hook.hook()).toEqual({
    url: receiver.url,
    contentType: 'json',
    insecureSsl: '0',
    hasSecret: true
  })
  bench.sandbox.setWebhook({ url: receiver.url, secret: '' })
  expect(await hook.hook()).toMatchObject({ hasSecret: false })
})

test('the last attempts come in GitHub’s words, at most 30', async () => {
  const attempts = await hook.attempts()
  expect(attempts).toHaveLength(30)
  expect(attempts[1]).toMatchObject({
    event: 'issue_comment',
    statusCode: 503,
    status: 'Invalid HTTP Response: 503'
  })
})
