import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openTestBench, type TestBench } from '#app/testing/sandbox-bench.ts'
import { type Browse, createBrowse } from './browse.ts'

let bench: TestBench
let repository: string
let browse: Browse
let ann: string
beforeAll(async () => {
  bench = await openTestBench()
  ann = bench.sandbox.person('ann').token
  bench.sandbox.person('bob')
})
afterAll(() => bench.close())
beforeEach(async () => {
  repository = await bench.repository()
  browse = createBrowse(bench.sandbox.url)
  await submit('issues', { title: 'First', body: 'words' })
  await bench.events()
})

function submit(path: string, form: Readonly<Record<string, string>>): Promise<Response> {
  return browse.submit(`/_sandbox/${repository}/${path}`, form)
}

test('a new issue is opened by the person, and its page follows', async () => {
  await browse.become('bob')
  const done = await submit('issues', { title: 'Second <i>', body: '' })
  expect([done.status, done.headers.get('location')]).toEqual([303, `/${repository}/issues/2`])
  expect(await bench.events()).toEqual(['issues.opened'])
  const page = await browse.look(`/${repository}/issues/2`)
  expect(page).toContain('Second &lt;i&gt; #2')
  expect(page).toContain('opened by <strong>bob</strong>')
})

test.each([
  ['', ['Second'], ['First']],
  ['?state=open', ['Second'], ['First']],
  ['?state=closed', ['First'], ['Second']],
  ['?state=all', ['First', 'Second'], []],
  ['?state=nonsense', ['Second'], ['First']]
])('the list of issues%s shows %j and not %j', async (query, shown, hidden) => {
  await submit('issues', { title: 'Second', body: '' })
  await submit('issues/1/state', { state: 'closed' })
  const page = await browse.look(`/${repository}${query}`)
  for (const title of shown) expect(page).toContain(`>${title}</a>`)
  for (const title of hidden) expect(page).not.toContain(`>${title}</a>`)
  expect(page).toMatch(/1 open<.*1 closed<.*2 all</s)
})

test('one edits comments of one’s own: others have no form, and are refused', async () => {
  const made = await submit('issues/1/comments', { body: 'before' })
  const at = made.headers.get('location') ?? ''
  const id = /#issuecomment-(\d+)$/.exec(at)?.[1]
  const form = `issues/1/comments/${id}`
  expect(await browse.look(`/${repository}/issues/1`)).toContain(`/_sandbox/${repository}/${form}`)
  const edited = await submit(form, { body: 'after <b>' })
  expect([edited.status, edited.headers.get('location')]).toEqual([303, at])
  expect(await bench.events()).toEqual(['issue_comment.created', 'issue_comment.edited'])
  await browse.become('bob')
  const page = await browse.look(`/${repository}/issues/1`)
  expect(page).toContain('after &lt;b&gt;')
  expect(page).not.toContain(form)
  const refused = await submit(form, { body: 'mine now' })
  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain('Must have admin rights')
})

test('the timeline says who put which label on and off, closed and reopened, in order', async () => {
  await submit('issues/1/labels/add', { label: 'bug' })
  await submit('issues/1/comments', { body: 'in between' })
  await submit('issues/1/labels/remove', { label: 'bug' })
  await submit('issues/1/state', { state: 'closed' })
  await submit('issues/1/state', { state: 'open' })
  const page = await browse.look(`/${repository}/issues/1`)
  const told = page.slice(page.indexOf('Timeline')).replaceAll(/<[^>]*>/g, '')
  const order = ['put on bug', 'in between', 'took off bug', 'closed this', 'reopened this']
  expect(order.map(words => told.indexOf(words))).toEqual(
    order.map(words => told.indexOf(words)).toSorted((a, b) => a - b)
  )
  for (const words of order) expect(told).toContain(words)
  expect(page).toMatch(/<strong>ann<\/strong> put on .*bug.*<time class="quiet" datetime="2/)
})

test.each([
  ['a label', 'issues/1/labels/add', { label: 'bug' }, 'Must have admin rights'],
  ['a close', 'issues/1/state', { state: 'closed' }, 'Must have admin rights'],
  ['a new label', 'labels', { name: 'x', color: '#123456' }, 'Must have admin rights']
])("a stranger's %s is refused in words, with a way back", async (_what, path, form, words) => {
  await browse.become('bob')
  const refused = await submit(path, form)
  expect(refused.status).toBe(422)
  const page = await refused.text()
  expect(page).toContain(words)
  expect(page.slice(page.indexOf('<main>'))).not.toContain('{')
  expect(page).toMatch(new RegExp(`<a href="/${repository}(/issues/1|/labels)">Back</a>`))
  expect(await bench.events()).toEqual([])
})

test.each([
  ['an issue without a title', 'issues', { title: ' ', body: '' }, 'Issue: title is missing'],
  ['an empty comment', 'issues/1/comments', { body: '' }, 'IssueComment: body is missing'],
  ['a colour that is none', 'labels', { name: 'x', color: 'red' }, 'Label: color is not valid'],
  ['a label that is there', 'labels', { name: 'BUG', color: '#ffffff' }, 'exists already'],
  ['a label that is not on', 'issues/1/labels/remove', { label: 'no/such?' }, 'does not exist']
])('%s is refused with the details', async (_what, path, form, words) => {
  await submit('labels', { name: 'bug', color: '#d73a4a', description: '' })
  const refused = await submit(path, form)
  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain(words)
})

test('the page of labels shows colour, description and use, and makes a new one', async () => {
  const made = await submit('labels', {
    name: 'run:dev',
    color: '#0E8A16',
    description: 'starts <it>'
  })
  expect(made.headers.get('location')).toBe(`/${repository}/labels`)
  expect(await bench.events()).toEqual(['label.created'])
  await submit('issues/1/labels/add', { label: 'run:dev' })
  const page = await browse.look(`/${repository}/labels`)
  expect(page).toContain('style="background:#0e8a16;color:#000">run:dev<')
  expect(page).toContain('starts &lt;it&gt;')
  expect(page).toContain('<td>1</td>')
  expect(await browse.look(`/${repository}/issues/1`)).toContain('<option value="run:dev">')
})

test('an issue shows the pull requests that close it, with their checks', async () => {
  const app = await bench.appToken(repository)
  const main = await bench.call('GET', `/repos/${repository}/commits/main`, { token: app })
  const ref = { ref: 'refs/heads/topic', sha: main.body.sha }
  await bench.call('POST', `/repos/${repository}/git/refs`, { token: ann, body: ref })
  const file = { message: 'm', branch: 'topic', content: 'YQ==' }
  const put = `/repos/${repository}/contents/new.txt`
  const commit = await bench.call('PUT', put, { token: ann, body: file })
  const closes = `Closes ${bench.sandbox.url}/${repository}/issues/1`
  const pull = { title: 'the change', head: 'topic', base: 'main', body: closes }
  await bench.call('POST', `/repos/${repository}/pulls`, { token: app, body: pull })
  const check = { name: 'build', head_sha: commit.body.commit?.sha, status: 'in_progress' }
  await bench.call('POST', `/repos/${repository}/check-runs`, { token: app, body: check })
  const page = await browse.look(`/${repository}/issues/1`)
  expect(page).toContain(`<a href="/${repository}/pull/2">the change #2</a>`)
  expect(page).toContain('● in progress')
  await submit('pull/2/merge', { method: 'merge', sha: String(commit.body.commit?.sha) })
  const after = await browse.look(`/${repository}/issues/1`)
  expect(after).toContain('closed</span>')
})
