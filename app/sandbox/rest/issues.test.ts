import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let clock = new Date('2026-03-01T10:00:00Z')
let bench: TestBench
let path: string
let ann: string
let app: string
beforeAll(async () => {
  bench = await openTestBench({ now: () => clock })
  ann = bench.sandbox.person('ann').token
})
afterAll(() => bench.close())
beforeEach(async () => {
  const repository = await bench.repository()
  path = `/repos/${repository}`
  app = await bench.appToken(repository)
})

async function open(title: string, more: object = {}): Promise<number> {
  const body = { title, ...more }
  const made = await bench.call('POST', `${path}/issues`, { token: ann, body })
  expect(made.status).toBe(201)
  return Number(made.body.number)
}

test('an issue is created, read, changed and closed', async () => {
  const number = await open('first', { body: 'words' })
  const one = `${path}/issues/${number}`
  const read = await bench.call('GET', one, { token: app })
  expect(read.body).toMatchObject({
    number,
    title: 'first',
    body: 'words',
    state: 'open',
    comments: 0,
    author_association: 'OWNER',
    performed_via_github_app: null,
    html_url: expect.stringMatching(/\/ann\/demo-\d+\/issues\/1$/)
  })
  const body = { title: 'second', state: 'closed', state_reason: 'not_planned' }
  const closed = await bench.call('PATCH', one, { token: app, body })
  expect(closed.body).toMatchObject({
    title: 'second',
    state: 'closed',
    state_reason: 'not_planned',
    closed_by: { type: 'Bot' }
  })
})

test.each([
  ['no title', {}, 422, '"title" wasn\'t supplied'],
  ['an empty title', { title: ' ' }, 422, 'Validation Failed'],
  ['a title over 256 characters', { title: 'x'.repeat(257) }, 422, 'Validation Failed'],
  ['a body over 65536 characters', { title: 'x', body: 'x'.repeat(65_537) }, 422, 'Validation'],
  ['labels that are no list', { title: 'x', labels: 'bug' }, 422, 'Invalid request'],
  ['a body that is a number', { title: 'x', body: 5 }, 422, 'is not a string']
])('an issue with %s is refused', async (_sentence, body, status, words) => {
  const answer = await bench.call('POST', `${path}/issues`, { token: ann, body })
  expect(answer.status).toBe(status)
  expect(answer.body.message).toContain(words)
})

test('a body that is not JSON is 400, an unknown number 404', async () => {
  const response = await fetch(`${bench.sandbox.apiUrl}${path}/issues`, {
    method: 'POST',
    headers: { authorization: `token ${ann}` },
    body: '{'
  })
  expect(response.status).toBe(400)
  expect((await bench.call('GET', `${path}/issues/9`)).status).toBe(404)
  expect((await bench.call('GET', `${path}/issues/9x`)).status).toBe(404)
})

test('labels are made by use, added once, replaced, and taken off', async () => {
  const number = await open('labels')
  const labels = `${path}/issues/${number}/labels`
  await bench.events()
  const added = await bench.call('POST', labels, { token: app, body: { labels: ['run:dev', 'a'] } })
  expect(added.list.map(one => one.name)).toEqual(['run:dev', 'a'])
  await bench.call('POST', labels, { token: app, body: ['RUN:DEV'] })
  expect(await bench.events()).toEqual([
    'label.created',
    'label.created',
    'issues.labeled',
    'issues.labeled'
  ])
  const put = await bench.call('PUT', labels, { token: app, body: { labels: ['a', 'b'] } })
  expect(put.list.map(one => one.name)).toEqual(['a', 'b'])
  expect(await bench.events()).toEqual(['issues.unlabeled', 'label.created', 'issues.labeled'])
  expect((await bench.call('DELETE', `${labels}/a`, { token: app })).status).toBe(200)
  const gone = await bench.call('DELETE', `${labels}/a`, { token: app })
  expect([gone.status, gone.body.message]).toEqual([404, 'Label does not exist'])
})

test('a label with a colon or a slash is found by its encoded name', async () => {
  const name = 'area/run:dev +1'
  const number = await open('odd', { labels: [name] })
  const encoded = encodeURIComponent(name)
  expect((await bench.call('GET', `${path}/labels/${encoded}`)).body.name).toBe(name)
  const off = await bench.call('DELETE', `${path}/issues/${number}/labels/${encoded}`, {
    token: app
  })
  expect(off.list).toEqual([])
})

test('repository labels: create, twice is 422, rename, delete', async () => {
  const labels = `${path}/labels`
  const body = { name: 'bug', color: 'd73a4a', description: 'not right' }
  expect((await bench.call('POST', labels, { token: app, body })).status).toBe(201)
  const twice = await bench.call('POST', labels, { token: app, body: { ...body, name: 'BUG' } })
  expect(twice.status).toBe(422)
  expect(twice.body.errors).toEqual([{ resource: 'Label', code: 'already_exists', field: 'name' }])
  const wrong = await bench.call('POST', labels, { token: app, body: { name: 'x', color: '#fff' } })
  expect(wrong.status).toBe(422)
  const number = await open('has it', { labels: ['bug'] })
  const renamed = { new_name: 'defect', color: '00ff00' }
  await bench.call('PATCH', `${labels}/bug`, { token: app, body: renamed })
  const issue = await bench.call('GET', `${path}/issues/${number}`)
  expect(issue.body.labels).toMatchObject([{ name: 'defect', color: '00ff00' }])
  expect((await bench.call('DELETE', `${labels}/defect`, { token: app })).status).toBe(204)
  expect((await bench.call('GET', `${path}/issues/${number}`)).body.labels).toEqual([])
})

test('issues are filtered by state, labels, creator and since', async () => {
  await open('one', { labels: ['a'] })
  clock = new Date(clock.getTime() + 60_000)
  const second = await open('two', { labels: ['a', 'b'] })
  const third = await open('three')
  await bench.call('PATCH', `${path}/issues/${third}`, { token: ann, body: { state: 'closed' } })
  const titles = async (query: string): Promise<readonly unknown[]> => {
    const answer = await bench.call('GET', `${path}/issues?${query}`, { token: app })
    return answer.list.map(one => one.title)
  }
  expect(await titles('')).toEqual(['two', 'one'])
  expect(await titles('state=all&direction=asc')).toEqual(['one', 'two', 'three'])
  expect(await titles('labels=a,b')).toEqual(['two'])
  expect(await titles('state=closed')).toEqual(['three'])
  expect(await titles(`since=${clock.toISOString()}`)).toEqual(['two'])
  expect(await titles('creator=nobody')).toEqual([])
  const wrong = await bench.call('GET', `${path}/issues?since=yesterday`)
  expect(wrong.status).toBe(422)
  expect(second).toBe(2)
})

test('lists come in pages with Link headers', async () => {
  for (const title of ['a', 'b', 'c', 'd', 'e']) await open(title)
  const page = await bench.call('GET', `${path}/issues?per_page=2&page=2&direction=asc`)
  expect(page.list.map(one => one.title)).toEqual(['c', 'd'])
  const link = page.headers.get('link') ?? ''
  expect(link.match(/rel="\w+"/g)).toEqual([
    'rel="prev"',
    'rel="next"',
    'rel="last"',
    'rel="first"'
  ])
  const next = /<([^>]+)>; rel="next"/.exec(link)?.[1] ?? ''
  expect(next).toContain(`${bench.sandbox.apiUrl}${path}/issues?`)
  expect(await (await fetch(next)).json()).toMatchObject([{ title: 'e' }])
  expect((await bench.call('GET', `${path}/issues`)).headers.get('link')).toBeNull()
})

test('comments are created, edited with their old text told, listed by since, and deleted', async () => {
  const number = await open('talk')
  const comments = `${path}/issues/${number}/comments`
  const made = await bench.call('POST', comments, { token: app, body: { body: 'one' } })
  expect(made.body).toMatchObject({ body: 'one', user: { type: 'Bot' } })
  const one = `${path}/issues/comments/${made.body.id}`
  const before = clock
  clock = new Date(clock.getTime() + 60_000)
  await bench.call('POST', comments, { token: ann, body: { body: 'two' } })
  const since = await bench.call('GET', `${comments}?since=${clock.toISOString()}`)
  expect(since.list.map(each => each.body)).toEqual(['two'])
  await bench.events()
  await bench.call('PATCH', one, { token: app, body: { body: 'one, edited' } })
  expect(await bench.events()).toEqual(['issue_comment.edited'])
  expect(bench.heard.at(-1)?.payload).toMatchObject({
    changes: { body: { from: 'one' } },
    comment: { body: 'one, edited', created_at: `${before.toISOString().slice(0, 19)}Z` }
  })
  expect((await bench.call('GET', `${path}/issues/comments`)).list).toHaveLength(2)
  expect((await bench.call('DELETE', one, { token: app })).status).toBe(204)
  expect((await bench.call('GET', one)).status).toBe(404)
  expect(await bench.events()).toEqual(['issue_comment.deleted'])
})

test('a stranger may change his own comment and no other', async () => {
  const number = await open('mine')
  const bob = bench.sandbox.person('bob').token
  const comments = `${path}/issues/${number}/comments`
  const his = await bench.call('POST', comments, { token: bob, body: { body: 'his' } })
  const hers = await bench.call('POST', comments, { token: ann, body: { body: 'hers' } })
  const edit = async (id: unknown): Promise<number> => {
    const one = `${path}/issues/comments/${String(id)}`
    return (await bench.call('PATCH', one, { token: bob, body: { body: 'new' } })).status
  }
  expect(await edit(his.body.id)).toBe(200)
  expect(await edit(hers.body.id)).toBe(403)
})

test('a comment without words, or with too many, is 422', async () => {
  const number = await open('limits')
  const comments = `${path}/issues/${number}/comments`
  for (const body of ['', '  ', 'x'.repeat(65_537)]) {
    expect((await bench.call('POST', comments, { token: ann, body: { body } })).status).toBe(422)
  }
})

test('the same reaction twice is 201 and then 200, and a wrong one 422', async () => {
  const number = await open('eyes')
  const reactions = `${path}/issues/${number}/reactions`
  const body = { content: 'eyes' }
  const first = await bench.call('POST', reactions, { token: app, body })
  const second = await bench.call('POST', reactions, { token: app, body })
  expect([first.status, second.status]).toEqual([201, 200])
  expect(second.body.id).toBe(first.body.id)
  await bench.call('POST', reactions, { token: ann, body })
  const issue = await bench.call('GET', `${path}/issues/${number}`)
  expect(issue.body.reactions).toMatchObject({ total_count: 2, eyes: 2 })
  const wrong = { content: 'shrug' }
  expect((await bench.call('POST', reactions, { token: app, body: wrong })).status).toBe(422)
  const one = `${reactions}/${first.body.id}`
  expect((await bench.call('DELETE', one, { token: app })).status).toBe(204)
  expect((await bench.call('GET', reactions)).list).toHaveLength(1)
})

test('the timeline tells events and comments in order, each with its actor', async () => {
  const number = await open('story', { labels: ['a'] })
  const one = `${path}/issues/${number}`
  await bench.call('POST', `${one}/comments`, { token: app, body: { body: 'hello' } })
  await bench.call('DELETE', `${one}/labels/a`, { token: app })
  await bench.call('PATCH', one, { token: ann, body: { state: 'closed' } })
  await bench.call('PATCH', one, { token: ann, body: { state: 'open' } })
  const { list } = await bench.call('GET', `${one}/timeline`, { token: app })
  const bot = `${bench.sandbox.app.slug}[bot]`
  expect(list.map(event => [event.event, event.actor?.login])).toEqual([
    ['labeled', 'ann'],
    ['commented', bot],
    ['unlabeled', bot],
    ['closed', 'ann'],
    ['reopened', 'ann']
  ])
  expect(list[0]).toMatchObject({ label: { name: 'a' }, created_at: expect.any(String) })
  const events = await bench.call('GET', `${one}/events`, { token: app })
  expect(events.list).toHaveLength(4)
})
