import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTestBench, SECRET, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
beforeAll(async () => {
  bench = await openTestBench()
})
afterAll(() => bench.close())

async function openIssue(title: string): Promise<string> {
  const repository = await bench.repository()
  const token = bench.sandbox.person('ann').token
  await bench.call('POST', `/repos/${repository}/issues`, { token, body: { title } })
  await bench.sandbox.settled()
  return repository
}

test('a delivery is signed over its raw body and carries the headers of GitHub', async () => {
  await openIssue('signed')
  const last = bench.heard.at(-1)
  const signature = createHmac('sha256', SECRET)
    .update(last?.raw ?? '')
    .digest('hex')
  expect(last?.headers).toMatchObject({
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-hub-signature-256': `sha256=${signature}`,
    'x-github-hook-id': expect.stringMatching(/^\d+$/)
  })
  expect(last?.headers['x-github-delivery']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
  expect(last?.headers['user-agent']).toMatch(/^GitHub-Hookshot\//)
})

test('a payload names repository, sender and installation', async () => {
  const repository = await openIssue('whole')
  expect(bench.heard.at(-1)?.payload).toMatchObject({
    action: 'opened',
    issue: { title: 'whole', state: 'open', user: { login: 'ann' } },
    repository: { full_name: repository, owner: { login: 'ann' } },
    sender: { login: 'ann', type: 'User' },
    installation: { id: expect.any(Number) }
  })
})

test('the first repository of an owner is an installation, the next are added to it', async () => {
  await bench.events()
  const files = { 'a.txt': 'a' }
  await bench.sandbox.createRepository({ owner: 'newcomer', name: 'one', files })
  await bench.sandbox.createRepository({ owner: 'newcomer', name: 'two', files })
  expect(await bench.events()).toEqual(['installation.created', 'installation_repositories.added'])
})

test('deliveries come in the order of what happened', async () => {
  const repository = await bench.repository()
  await bench.events()
  const token = bench.sandbox.person('ann').token
  const issues = `/repos/${repository}/issues`
  await bench.call('POST', issues, { token, body: { title: 'one', labels: ['a'] } })
  await bench.call('POST', `${issues}/1/comments`, { token, body: { body: 'hello' } })
  await bench.call('DELETE', `${issues}/1/labels/a`, { token })
  await bench.call('PATCH', `${issues}/1`, { token, body: { state: 'closed', title: 'two' } })
  expect(await bench.events()).toEqual([
    'issues.opened',
    'label.created',
    'issues.labeled',
    'issue_comment.created',
    'issues.unlabeled',
    'issues.edited',
    'issues.closed'
  ])
})

test('what the App does is sent with a Bot as sender', async () => {
  const repository = await openIssue('bot')
  const token = await bench.appToken(repository)
  const body = { body: 'from the App' }
  await bench.call('POST', `/repos/${repository}/issues/1/comments`, { token, body })
  await bench.sandbox.settled()
  expect(bench.heard.at(-1)?.payload).toMatchObject({
    sender: { login: `${bench.sandbox.app.slug}[bot]`, type: 'Bot' },
    comment: { performed_via_github_app: { id: bench.sandbox.app.id } }
  })
})

test('a refused delivery is kept with its status and not tried again', async () => {
  const before = bench.heard.length
  bench.answer = 500
  const repository = await bench.repository()
  await bench.sandbox.settled()
  bench.answer = 202
  expect(repository).toContain('/')
  expect(bench.heard.length).toBe(before + 1)
  expect(bench.sandbox.deliveries().at(-1)).toMatchObject({ status: 500 })
})

test('nobody listening is status 0, and later deliveries go on', async () => {
  const other = await openTestBench()
  try {
    other.sandbox.setWebhook({ url: 'http://127.0.0.1:9/none', secret: SECRET })
    await other.repository()
    await other.sandbox.settled()
    expect(other.sandbox.deliveries().map(one => one.status)).toEqual([0])
  } finally {
    await other.close()
  }
})

test('a redelivery has the same guid and body, and a row of its own', async () => {
  await openIssue('again')
  const first = bench.sandbox.deliveries().at(-1)
  await bench.sandbox.redeliver(first?.id ?? '')
  const [before, after] = bench.heard.slice(-2)
  expect(after?.headers['x-github-delivery']).toBe(before?.headers['x-github-delivery'])
  expect(after?.raw).toBe(before?.raw)
  const rows = bench.sandbox.deliveries().filter(one => one.id === first?.id)
  expect(rows.map(one => one.status)).toEqual([202, 202])
  await expect(bench.sandbox.redeliver('strange')).rejects.toThrow('no such delivery')
})

test('send signs any payload, with a guid of choice, and answers with the status', async () => {
  const guid = '11111111-2222-3333-4444-555555555555'
  expect(await bench.sandbox.send('ping', { zen: 'calm' }, { guid })).toBe(202)
  const last = bench.heard.at(-1)
  expect(last?.headers['x-github-delivery']).toBe(guid)
  expect(last?.event).toBe('ping')
})
