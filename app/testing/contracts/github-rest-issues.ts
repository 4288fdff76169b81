/** Issues, labels and comments: what a run reads, and what it leaves on an issue. */
import { expect } from '@jest/globals'
import type { Claim } from './github-rest.ts'

export const ISSUE_CLAIMS: readonly Claim[] = [
  {
    id: 'issue',
    title: 'an issue is read with its text, its author and its labels',
    async prove({ owner, app, subject, unique }) {
      const label = unique('kind')
      const made = await owner('POST', './issues', { title: 't', body: 'b', labels: [label] })
      const { status, body } = await app('GET', `./issues/${made.body.number}`)
      expect(status).toBe(200)
      expect(body).toMatchObject({ title: 't', body: 'b', state: 'open', comments: 0 })
      expect(body).toMatchObject({ user: { login: subject.owner.login, type: 'User' } })
      expect(body).toMatchObject({ labels: [{ name: label }], author_association: 'OWNER' })
    }
  },
  {
    id: 'issue-empty-title',
    title: 'an issue without a title is refused',
    async prove({ owner }) {
      expect((await owner('POST', './issues', { title: '' })).status).toBe(422)
      expect((await owner('POST', './issues', { body: 'no title' })).status).toBe(422)
    }
  },
  {
    id: 'issue-stranger-labels',
    title: 'a stranger may open an issue, and his labels are dropped',
    async prove({ stranger, unique }) {
      const made = await stranger('POST', './issues', { title: 't', labels: [unique('kind')] })
      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({ labels: [], author_association: 'NONE' })
    }
  },
  {
    id: 'issues-filtered',
    title: 'issues are listed by state and label, pull requests among them',
    async prove({ owner, app, unique, pull }) {
      const label = unique('kind')
      const made = await owner('POST', './issues', { title: 't', labels: [label] })
      const { number } = await pull()
      await owner('POST', `./issues/${number}/labels`, { labels: [label] })
      await owner('PATCH', `./issues/${made.body.number}`, { state: 'closed' })
      const open = await app('GET', `./issues?labels=${label}`)
      expect(open.list.map(one => one.number)).toEqual([number])
      expect(open.list[0]?.pull_request).toBeDefined()
      const all = await app('GET', `./issues?labels=${label}&state=all`)
      expect(all.list).toHaveLength(2)
    }
  },
  {
    id: 'labels-on',
    title: 'a label that nobody made yet is made when it is put on, and twice is once',
    async prove({ app, issue, unique }) {
      const path = `./issues/${await issue()}/labels`
      const label = unique('stage')
      const added = await app('POST', path, { labels: [label] })
      expect(added.status).toBe(200)
      expect(added.list.map(one => one.name)).toEqual([label])
      expect((await app('POST', path, { labels: [label] })).list).toHaveLength(1)
      expect((await app('GET', `./labels/${label}`)).body).toMatchObject({ name: label })
    }
  },
  {
    id: 'labels-off',
    title: 'taking a label off answers with what is left, and 404 when it was not on',
    async prove({ app, issue, unique }) {
      const path = `./issues/${await issue()}/labels`
      const [one, other] = [unique('stage'), unique('stage')]
      await app('POST', path, { labels: [one, other] })
      const left = await app('DELETE', `${path}/${one}`)
      expect([left.status, left.list.map(label => label.name)]).toEqual([200, [other]])
      expect((await app('DELETE', `${path}/${one}`)).status).toBe(404)
    }
  },
  {
    id: 'labels-replaced',
    title: 'labels are replaced as a whole, and cleared with 204',
    async prove({ app, issue, unique }) {
      const path = `./issues/${await issue()}/labels`
      const [one, other] = [unique('stage'), unique('stage')]
      await app('POST', path, { labels: [one] })
      const put = await app('PUT', path, { labels: [other] })
      expect(put.list.map(label => label.name)).toEqual([other])
      expect((await app('DELETE', path)).status).toBe(204)
      expect((await app('GET', path)).list).toEqual([])
    }
  },
  {
    id: 'label-made',
    title: 'a label is made once',
    async prove({ app, unique }) {
      const name = unique('status: ready')
      const label = { name, color: 'A1B2C3', description: 'what it is for' }
      const made = await app('POST', './labels', label)
      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({ name, description: 'what it is for', default: false })
      const twin = await app('POST', './labels', label)
      expect(twin.status).toBe(422)
      expect(twin.body).toMatchObject({ errors: [{ code: 'already_exists' }] })
    }
  },
  {
    id: 'label-case',
    title: 'names of labels differ by more than the case of their letters',
    async prove({ app, unique }) {
      const name = unique('Status')
      const color = 'a1b2c3'
      expect((await app('POST', './labels', { name, color })).status).toBe(201)
      const twin = await app('POST', './labels', { name: name.toLowerCase(), color })
      expect(twin.status).toBe(422)
    }
  },
  {
    id: 'label-color',
    title: 'a colour that is none is refused, and a good one is told in small letters',
    async prove({ app, unique }) {
      const bad = await app('POST', './labels', { name: unique('label'), color: 'blue' })
      expect(bad.status).toBe(422)
      const made = await app('POST', './labels', { name: unique('label'), color: 'A1B2C3' })
      expect(made.body).toMatchObject({ color: 'a1b2c3' })
    }
  },
  {
    id: 'comment',
    title: "the App's status comment is made, found in the list, edited and taken away",
    async prove({ app, issue, subject }) {
      const number = await issue()
      const made = await app('POST', `./issues/${number}/comments`, { body: 'working' })
      expect(made.status).toBe(201)
      expect(made.body.user).toMatchObject({ login: `${subject.appSlug}[bot]`, type: 'Bot' })
      const path = `./issues/comments/${made.body.id}`
      const edited = await app('PATCH', path, { body: 'done' })
      expect([edited.status, edited.body.body]).toEqual([200, 'done'])
      const { list } = await app('GET', `./issues/${number}/comments?per_page=100`)
      expect(list.map(one => [one.id, one.body])).toEqual([[made.body.id, 'done']])
      expect((await app('DELETE', path)).status).toBe(204)
      expect((await app('GET', path)).status).toBe(404)
    }
  },
  {
    id: 'comment-via-app',
    title: 'what the App wrote names it as performed_via_github_app',
    async prove({ app, issue, subject }) {
      const made = await app('POST', `./issues/${await issue()}/comments`, { body: 'hello' })
      expect(made.body.performed_via_github_app).toMatchObject({ slug: subject.appSlug })
    }
  },
  {
    id: 'comment-limits',
    title: 'an empty comment and one over 65,536 characters are refused',
    async prove({ app, issue }) {
      const path = `./issues/${await issue()}/comments`
      expect((await app('POST', path, { body: '' })).status).toBe(422)
      expect((await app('POST', path, { body: 'a'.repeat(65_537) })).status).toBe(422)
    }
  },
  {
    id: 'comment-of-another',
    title: "a stranger cannot change another's comment",
    async prove({ app, stranger, issue }) {
      const made = await app('POST', `./issues/${await issue()}/comments`, { body: 'mine' })
      const changed = await stranger('PATCH', `./issues/comments/${made.body.id}`, { body: 'no' })
      expect(changed.status).toBe(403)
    }
  },
  {
    id: 'timeline',
    title: 'the timeline tells who put which label on, and what was said',
    async prove({ owner, app, issue, unique, subject }) {
      const number = await issue()
      const label = unique('run')
      await owner('POST', `./issues/${number}/labels`, { labels: [label] })
      await app('POST', `./issues/${number}/comments`, { body: 'working' })
      const { list } = await app('GET', `./issues/${number}/timeline`)
      const labeled = list.find(one => String(one.event) === 'labeled')
      expect(labeled).toMatchObject({
        actor: { login: subject.owner.login },
        label: { name: label }
      })
      expect(list.find(one => String(one.event) === 'commented')).toMatchObject({ body: 'working' })
    }
  },
  {
    id: 'issue-closed',
    title: 'closing and opening again is told with its reason and its time',
    async prove({ owner, issue }) {
      const path = `./issues/${await issue()}`
      const reason = { state: 'closed', state_reason: 'not_planned' }
      const closed = await owner('PATCH', path, reason)
      expect(closed.body).toMatchObject(reason)
      expect(closed.body.closed_at).not.toBeNull()
      const opened = await owner('PATCH', path, { state: 'open' })
      expect(opened.body).toMatchObject({
        state: 'open',
        state_reason: 'reopened',
        closed_at: null
      })
    }
  }
]
