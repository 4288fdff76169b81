import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { commitOn, openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'

let bench: TestBench
let repository: string
let ann: string
let app: string
beforeAll(async () => {
  bench = await openTestBench()
  ann = bench.sandbox.person('ann').token
})
afterAll(() => bench.close())
beforeEach(async () => {
  repository = await bench.repository()
  app = await bench.appToken(repository)
  const body = { title: 'A <b>title</b>', body: 'text <!-- out of sight -->', labels: ['a&b'] }
  await bench.call('POST', `/repos/${repository}/issues`, { token: ann, body })
})

async function look(path: string): Promise<string> {
  const response = await fetch(`${bench.sandbox.url}${path}`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/html')
  return response.text()
}

function submit(
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {}
): Promise<Response> {
  const body = new URLSearchParams(form)
  return fetch(`${bench.sandbox.url}${path}`, { method: 'POST', body, headers, redirect: 'manual' })
}

test('the first page lists repositories, and theirs list issues', async () => {
  expect(await look('/')).toContain(`href="/${repository}"`)
  const page = await look(`/${repository}`)
  expect(page).toContain('A &lt;b&gt;title&lt;/b&gt;')
  expect(page).toContain(`/${repository}/issues/1`)
})

test('an issue shows its text escaped, its labels and reactions, and no hidden comment', async () => {
  const comments = `/repos/${repository}/issues/1/comments`
  const body = { body: '## Status\n<!-- id:1 -->\n| a | b |\n|--|--|\n| 1 | 2 |' }
  const comment = await bench.call('POST', comments, { token: app, body })
  const reactions = `/repos/${repository}/issues/comments/${comment.body.id}/reactions`
  await bench.call('POST', reactions, { token: ann, body: { content: 'eyes' } })
  const page = await look(`/${repository}/issues/1`)
  expect(page).toContain('a&amp;b')
  expect(page).toContain('<td>2</td>')
  expect(page).toContain('👀')
  expect(page).not.toContain('out of sight')
  expect(page).not.toContain('id:1')
})

test('a pull request shows its diff, reviews and checks', async () => {
  const at = { repository, branch: 'topic', path: 'x.txt', text: '<tag>\n', token: ann }
  const sha = await commitOn(bench, at)
  const pull = { title: 'change', head: 'topic', base: 'main' }
  await bench.call('POST', `/repos/${repository}/pulls`, { token: app, body: pull })
  const review = { event: 'REQUEST_CHANGES', body: 'please not' }
  await bench.call('POST', `/repos/${repository}/pulls/2/reviews`, { token: ann, body: review })
  const check = { name: 'the check', head_sha: sha, conclusion: 'success' }
  await bench.call('POST', `/repos/${repository}/check-runs`, { token: app, body: check })
  const page = await look(`/${repository}/pull/2`)
  expect(page).toContain('+&lt;tag&gt;')
  expect(page).toContain('changes requested')
  expect(page).toContain('the check')
  const moved = await fetch(`${bench.sandbox.url}/${repository}/issues/2`, { redirect: 'manual' })
  expect(moved.headers.get('location')).toBe(`/${repository}/pull/2`)
})

test('forms act as the chosen person: labels, comments, state', async () => {
  const base = `/_sandbox/${repository}/issues/1`
  await bench.events()
  const by = 'ann'
  const added = await submit(`${base}/labels/add`, { by, label: 'run:dev' })
  expect([added.status, added.headers.get('location')]).toEqual([303, `/${repository}/issues/1`])
  await submit(`${base}/labels/remove`, { by, label: 'run:dev' })
  await submit(`${base}/comments`, { by, body: '/run dev' })
  await submit(`${base}/state`, { by, state: 'closed' })
  expect(await bench.events()).toEqual([
    'label.created',
    'issues.labeled',
    'issues.unlabeled',
    'issue_comment.created',
    'issues.closed'
  ])
  bench.sandbox.person('stranger')
  const refused = await submit(`${base}/labels/add`, { by: 'stranger', label: 'x' })
  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain('Must have admin rights')
})

test('the buttons of a check run work by form, and not from another site', async () => {
  const main = await bench.call('GET', `/repos/${repository}/commits/main`, { token: app })
  const actions = [{ label: 'Cancel', description: 'Stop it', identifier: 'cancel' }]
  const body = {
    name: 'c',
    head_sha: main.body.sha,
    actions,
    output: { title: 'T', summary: '*s*' }
  }
  const run = await bench.call('POST', `/repos/${repository}/check-runs`, { token: app, body })
  const page = await look(`/${repository}/runs/${run.body.id}`)
  expect(page).toContain('Cancel</button>')
  expect(page).toContain('<em>s</em>')
  await bench.events()
  const press = `/_sandbox/${repository}/runs/${run.body.id}/press`
  const form = { by: 'ann', identifier: 'cancel' }
  const foreign = await submit(press, form, { origin: 'https://elsewhere.test' })
  expect(foreign.status).toBe(403)
  expect(await bench.events()).toEqual([])
  const { port } = new URL(bench.sandbox.url)
  for (const origin of ['http://localhost:1', `https://localhost:${port}`, `http://a.test:${port}`])
    expect((await submit(press, form, { origin })).status).toBe(403)
  for (const origin of [bench.sandbox.url, `http://localhost:${port}`, `http://[::1]:${port}`])
    expect((await submit(press, form, { origin })).status).toBe(303)
  expect((await submit(press.replace('/press', '/rerequest'), form)).status).toBe(303)
  const pressed = Array.from({ length: 3 }, () => 'check_run.requested_action')
  expect(await bench.events()).toEqual([...pressed, 'check_run.rerequested'])
})

test('an address with nothing behind it is a page with 404', async () => {
  for (const path of ['/nobody/nothing', `/${repository}/issues/99`, '/a/b/c/d/e']) {
    const response = await fetch(`${bench.sandbox.url}${path}`)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toContain('text/html')
  }
})
