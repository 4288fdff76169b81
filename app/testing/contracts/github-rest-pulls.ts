/** Pull requests and reviews: where a run ends, and what people answer. */
import { expect } from '@jest/globals'
import type { Claim } from './github-rest.ts'

export const PULL_CLAIMS: readonly Claim[] = [
  {
    id: 'pull',
    title: 'the App opens a pull request, changes its text, and closes it',
    async prove({ app, branch, subject }) {
      const { name, sha } = await branch()
      const body = { title: 'Add it', head: name, base: 'main', body: 'closes #1', draft: false }
      const made = await app('POST', './pulls', body)
      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({
        title: 'Add it',
        state: 'open',
        draft: false,
        merged: false
      })
      expect(made.body).toMatchObject({ head: { ref: name, sha }, base: { ref: 'main' } })
      expect(made.body.user).toMatchObject({ login: `${subject.appSlug}[bot]` })
      const path = `./pulls/${made.body.number}`
      const changed = await app('PATCH', path, { title: 'Add it all', body: 'more' })
      expect(changed.body).toMatchObject({ title: 'Add it all', body: 'more' })
      expect((await app('PATCH', path, { state: 'closed' })).body.state).toBe('closed')
    }
  },
  {
    id: 'pull-numbers',
    title: 'a pull request tells how much it changes, and what',
    async prove({ app, pull }) {
      const { number, path } = await pull()
      const { body } = await app('GET', `./pulls/${number}`)
      expect(body).toMatchObject({ commits: 1, additions: 1, deletions: 0, changed_files: 1 })
      const { list } = await app('GET', `./pulls/${number}/files`)
      expect(list).toMatchObject([{ filename: path, status: 'added', additions: 1 }])
    }
  },
  {
    id: 'pull-diff',
    title: 'a pull request is a diff when that is asked for',
    async prove({ app, pull }) {
      const { number, path } = await pull()
      const accept = { accept: 'application/vnd.github.diff' }
      const { text } = await app('GET', `./pulls/${number}`, undefined, accept)
      expect(text).toContain(`diff --git a/${path} b/${path}`)
    }
  },
  {
    id: 'pull-by-head',
    title: 'a pull request is found by its head',
    async prove({ app, pull, subject }) {
      const { number, branch } = await pull()
      const head = (name: string) => `./pulls?state=all&head=${subject.owner.login}:${name}`
      expect((await app('GET', head(branch))).list.map(one => one.number)).toEqual([number])
      expect((await app('GET', head(`${branch}-not`))).list).toEqual([])
    }
  },
  {
    id: 'pull-twin',
    title: 'a second pull request of the same branch is refused in words',
    async prove({ app, pull, subject }) {
      const { branch } = await pull()
      const twin = await app('POST', './pulls', { title: 't', head: branch, base: 'main' })
      expect(twin.status).toBe(422)
      const message = `A pull request already exists for ${subject.owner.login}:${branch}.`
      expect(twin.body).toMatchObject({ message: 'Validation Failed', errors: [{ message }] })
    }
  },
  {
    id: 'pull-empty',
    title: 'a branch without commits of its own makes no pull request',
    async prove({ app, unique }) {
      const name = unique('branch')
      const main = await app('GET', './git/ref/heads/main')
      const sha = main.body.object?.sha
      await app('POST', './git/refs', { ref: `refs/heads/${name}`, sha })
      const made = await app('POST', './pulls', { title: 't', head: name, base: 'main' })
      expect(made.status).toBe(422)
      expect(JSON.stringify(made.body)).toContain('No commits between main and')
    }
  },
  {
    id: 'pull-grows',
    title: 'a new commit on the branch is the new head',
    async prove({ app, pull }) {
      const { number, branch } = await pull()
      const content = Buffer.from('more\n').toString('base64')
      const body = { message: 'more', branch, content }
      const put = await app('PUT', `./contents/${branch}-more.txt`, body)
      const { body: read } = await app('GET', `./pulls/${number}`)
      expect(read).toMatchObject({ head: { sha: put.body.commit?.sha }, commits: 2 })
      const commits = await app('GET', `./pulls/${number}/commits`)
      expect(commits.list).toHaveLength(2)
    }
  },
  {
    id: 'review',
    title: 'a review with a comment on a line is read with all it says',
    async prove({ app, owner, pull, subject }) {
      const { number, path } = await pull()
      const comments = [{ path, line: 1, side: 'RIGHT', body: 'why this?' }]
      const review = { event: 'REQUEST_CHANGES', body: 'not yet', comments }
      const made = await owner('POST', `./pulls/${number}/reviews`, review)
      expect(made.body).toMatchObject({ state: 'CHANGES_REQUESTED', body: 'not yet' })
      const { list } = await app('GET', `./pulls/${number}/reviews`)
      expect(list).toMatchObject([{ id: made.body.id, user: { login: subject.owner.login } }])
      const said = await app('GET', `./pulls/${number}/comments`)
      expect(said.list).toMatchObject([{ path, line: 1, body: 'why this?' }])
      expect(said.list[0]?.pull_request_review_id).toBe(made.body.id)
      const inside = await app('GET', `./pulls/${number}/reviews/${made.body.id}/comments`)
      expect(inside.list).toMatchObject([{ body: 'why this?' }])
    }
  },
  {
    id: 'review-hunk',
    title: 'a comment on a line shows the part of the diff it stands on',
    async prove({ app, owner, pull }) {
      const { number, path, branch } = await pull()
      const comments = [{ path, line: 1, side: 'RIGHT', body: 'why this?' }]
      await owner('POST', `./pulls/${number}/reviews`, { event: 'COMMENT', comments })
      const said = await app('GET', `./pulls/${number}/comments`)
      expect(said.list[0]?.diff_hunk).toBe(`@@ -0,0 +1 @@\n+${branch}`)
    }
  },
  {
    id: 'review-line',
    title: 'a comment on a line outside of the diff is refused',
    async prove({ owner, pull }) {
      const { number, path } = await pull()
      const comments = [{ path, line: 99, side: 'RIGHT', body: 'where?' }]
      const made = await owner('POST', `./pulls/${number}/reviews`, { event: 'COMMENT', comments })
      expect(made.status).toBe(422)
    }
  },
  {
    id: 'review-own',
    title: 'nobody approves his own pull request',
    async prove({ app, pull }) {
      const { number } = await pull()
      const made = await app('POST', `./pulls/${number}/reviews`, { event: 'APPROVE' })
      expect(made.status).toBe(422)
    }
  },
  {
    id: 'merge',
    title: 'a pull request is merged once, and knows by what commit',
    async prove({ owner, app, pull }) {
      const { number, sha } = await pull()
      const path = `./pulls/${number}/merge`
      const late = await owner('PUT', path, { sha: '1'.repeat(40) })
      expect(late.status).toBe(409)
      const merged = await owner('PUT', path, { merge_method: 'squash', sha })
      expect(merged.body).toMatchObject({ merged: true })
      const { body } = await app('GET', `./pulls/${number}`)
      expect(body).toMatchObject({ state: 'closed', merged: true })
      expect(body.merge_commit_sha).toBe(merged.body.sha)
      expect((await owner('PUT', path, {})).status).toBe(405)
    }
  },
  {
    id: 'merge-closes',
    title: 'a merge closes the issues that the pull request says it closes',
    async prove({ owner, app, issue, pull }) {
      const number = await issue()
      const one = await pull()
      await app('PATCH', `./pulls/${one.number}`, { body: `Closes #${number}` })
      await owner('PUT', `./pulls/${one.number}/merge`, {})
      const { body } = await app('GET', `./issues/${number}`)
      expect(body).toMatchObject({ state: 'closed', state_reason: 'completed' })
    }
  }
]
