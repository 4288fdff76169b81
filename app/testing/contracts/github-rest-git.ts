/** Refs, commits, trees and files. */
import { expect } from '@jest/globals'
import type { Claim } from './github-rest.ts'

export const GIT_CLAIMS: readonly Claim[] = [
  {
    id: 'ref',
    title: 'a branch is read by its ref; one that is not there is 404',
    async prove({ app, branch }) {
      const { name, sha } = await branch()
      const { status, body } = await app('GET', `./git/ref/heads/${name}`)
      expect(status).toBe(200)
      expect(body).toMatchObject({ ref: `refs/heads/${name}`, object: { sha, type: 'commit' } })
      expect((await app('GET', `./git/ref/heads/${name}-not`)).status).toBe(404)
      const matching = await app('GET', `./git/matching-refs/heads/${name}`)
      expect(matching.list).toMatchObject([{ ref: `refs/heads/${name}` }])
    }
  },
  {
    id: 'ref-made',
    title: 'a ref is made once, on a commit that is there',
    async prove({ app, branch, unique }) {
      const { sha, name } = await branch()
      const twin = await app('POST', './git/refs', { ref: `refs/heads/${name}`, sha })
      expect([twin.status, twin.body.message]).toEqual([422, 'Reference already exists'])
      const lost = { ref: `refs/heads/${unique('branch')}`, sha: '0'.repeat(40) }
      expect((await app('POST', './git/refs', lost)).status).toBe(422)
    }
  },
  {
    id: 'ref-moved',
    title: 'a ref moves forward, back only by force, and is deleted',
    async prove({ app, branch }) {
      const { sha, name } = await branch()
      const path = `./git/refs/heads/${name}`
      const main = await app('GET', './git/ref/heads/main')
      const back = await app('PATCH', path, { sha: main.body.object?.sha })
      expect(back.status).toBe(422)
      const forced = await app('PATCH', path, { sha: main.body.object?.sha, force: true })
      expect(forced.status).toBe(200)
      expect((await app('PATCH', path, { sha })).body.object).toMatchObject({ sha })
      expect((await app('DELETE', path)).status).toBe(204)
      expect((await app('GET', `./git/ref/heads/${name}`)).status).toBe(404)
    }
  },
  {
    id: 'ref-name',
    title: 'a name that git does not take is refused',
    async prove({ app, branch }) {
      const { sha } = await branch()
      const made = await app('POST', './git/refs', { ref: 'refs/heads/two..dots', sha })
      expect(made.status).toBe(422)
    }
  },
  {
    id: 'commit',
    title: 'a commit is read with its parent, its files and its numbers',
    async prove({ app, branch }) {
      const { sha, path, name } = await branch()
      const main = await app('GET', './git/ref/heads/main')
      const { body } = await app('GET', `./commits/${sha}`)
      expect(body).toMatchObject({ sha, commit: { message: `add ${path}` } })
      expect(body).toMatchObject({ parents: [{ sha: main.body.object?.sha }] })
      expect(body).toMatchObject({ stats: { total: 1, additions: 1, deletions: 0 } })
      expect(body).toMatchObject({ files: [{ filename: path, status: 'added', additions: 1 }] })
      expect((await app('GET', `./commits/${name}`)).body).toMatchObject({ sha })
    }
  },
  {
    id: 'commit-unknown',
    title: 'a commit that is not there is refused',
    async prove({ app }) {
      const { status } = await app('GET', `./commits/${'0'.repeat(40)}`)
      // Both are described; GitHub answers 422.
      expect([404, 422]).toContain(status)
    }
  },
  {
    id: 'compare',
    title: 'two branches are compared: how far, and in which files',
    async prove({ app, branch }) {
      const { name, path } = await branch()
      const { body } = await app('GET', `./compare/main...${name}`)
      expect(body).toMatchObject({ status: 'ahead', ahead_by: 1, behind_by: 0, total_commits: 1 })
      expect(body).toMatchObject({ files: [{ filename: path, status: 'added' }] })
    }
  },
  {
    id: 'compare-diff',
    title: 'a comparison is a diff when that is asked for',
    async prove({ app, branch }) {
      const { name, path } = await branch()
      const accept = { accept: 'application/vnd.github.diff' }
      const { text } = await app('GET', `./compare/main...${name}`, undefined, accept)
      expect(text).toContain(`diff --git a/${path} b/${path}`)
    }
  },
  {
    id: 'file',
    title: 'a file is read in base64, in lines, and its folder as a list',
    async prove({ app, branch }) {
      const { name, path } = await branch()
      const { body } = await app('GET', `./contents/${path}?ref=${name}`)
      expect(body).toMatchObject({ type: 'file', encoding: 'base64', name: path, path })
      expect(Buffer.from(String(body.content), 'base64').toString()).toBe(`${name}\n`)
      const { list } = await app('GET', `./contents/?ref=${name}`)
      expect(list.map(one => one.name)).toEqual(expect.arrayContaining([path, 'README.md']))
      expect((await app('GET', './contents/not-there.txt')).status).toBe(404)
    }
  },
  {
    id: 'file-changed',
    title: 'a file is changed only by one who knows what it was',
    async prove({ app, branch }) {
      const { name, path } = await branch()
      const before = await app('GET', `./contents/${path}?ref=${name}`)
      const content = Buffer.from('changed\n').toString('base64')
      const change = { message: 'change', branch: name, content }
      const wrong = await app('PUT', `./contents/${path}`, { ...change, sha: '1'.repeat(40) })
      expect(wrong.status).toBe(409)
      const right = await app('PUT', `./contents/${path}`, { ...change, sha: before.body.sha })
      expect(right.status).toBe(200)
      expect(right.body).toMatchObject({ content: { path }, commit: { message: 'change' } })
    }
  },
  {
    id: 'tree',
    title: 'the whole tree of a branch is read at once',
    async prove({ app, branch }) {
      const { name, path } = await branch()
      const { body } = await app('GET', `./git/trees/${name}?recursive=1`)
      expect(body).toMatchObject({ truncated: false })
      expect(body.tree).toEqual(
        expect.arrayContaining([expect.objectContaining({ path, mode: '100644', type: 'blob' })])
      )
    }
  }
]
