/** The App, its tokens, people's permissions, and what every answer has. */
import { expect } from '@jest/globals'
import type { Claim } from './github-rest.ts'

export const APP_CLAIMS: readonly Claim[] = [
  {
    id: 'app',
    title: 'the App reads itself by its JWT, with its permissions',
    async prove({ integration, subject }) {
      const { status, body } = await integration('GET', '/app')
      expect(status).toBe(200)
      expect(body).toMatchObject({ slug: subject.appSlug, permissions: { checks: 'write' } })
    }
  },
  {
    id: 'app-needs-jwt',
    title: 'an installation token does not stand for the App itself',
    async prove({ app }) {
      expect((await app('GET', '/app')).status).toBe(401)
    }
  },
  {
    id: 'installations',
    title: 'the App lists its installations, and finds the one of a repository',
    async prove({ integration, subject }) {
      const { list } = await integration('GET', '/app/installations')
      const { body } = await integration('GET', './installation')
      expect(list.map(one => one.id)).toContain(body.id)
      expect(body).toMatchObject({ account: { login: subject.owner.login }, suspended_at: null })
    }
  },
  {
    id: 'token',
    title: 'an installation token says when it ends, and what it may',
    async prove({ integration }) {
      const { body: installation } = await integration('GET', './installation')
      const path = `/app/installations/${installation.id}/access_tokens`
      const { status, body } = await integration('POST', path)
      expect(status).toBe(201)
      const minutes = (Date.parse(String(body.expires_at)) - Date.now()) / 60_000
      expect(minutes).toBeGreaterThan(58)
      expect(minutes).toBeLessThanOrEqual(60)
      expect(body).toMatchObject({ permissions: { issues: 'write', checks: 'write' } })
    }
  },
  {
    id: 'token-narrowed',
    title: 'a token narrowed to reading cannot write, and the refusal says so',
    async prove({ narrowed, subject, issue }) {
      const name = subject.repository.split('/')[1]
      const number = await issue()
      const reader = await narrowed({ repositories: [name], permissions: { issues: 'read' } })
      expect((await reader('GET', `./issues/${number}`)).status).toBe(200)
      const refused = await reader('POST', `./issues/${number}/comments`, { body: 'no' })
      expect(refused.status).toBe(403)
      expect(refused.body).toMatchObject({ message: 'Resource not accessible by integration' })
    }
  },
  {
    id: 'token-accepted-permissions',
    title: 'that refusal names the permission that is missing in a header',
    async prove({ narrowed, issue }) {
      const number = await issue()
      const reader = await narrowed({ permissions: { issues: 'read' } })
      const refused = await reader('POST', `./issues/${number}/comments`, { body: 'no' })
      expect(refused.headers.get('x-accepted-github-permissions')).toContain('issues=write')
    }
  },
  {
    id: 'token-beyond',
    title: 'a token cannot have more than the App was given',
    async prove({ integration }) {
      const { body } = await integration('GET', './installation')
      const path = `/app/installations/${body.id}/access_tokens`
      const beyond = { permissions: { administration: 'write' } }
      expect((await integration('POST', path, beyond)).status).toBe(422)
    }
  },
  {
    id: 'bad-credentials',
    title: 'a token that nobody made is 401 Bad credentials',
    async prove({ caller }) {
      const { status, body } = await caller('ghp_000000000000000000000000000000000000')('GET', '.')
      expect([status, body.message]).toEqual([401, 'Bad credentials'])
    }
  },
  {
    id: 'permission',
    title: 'the permission of a person is told: admin for the owner, read for a stranger',
    async prove({ app, subject }) {
      const of = (login: string) => app('GET', `./collaborators/${login}/permission`)
      const owner = await of(subject.owner.login)
      expect(owner.body).toMatchObject({ permission: 'admin', role_name: 'admin' })
      expect((await of(subject.stranger.login)).body).toMatchObject({ permission: 'read' })
      expect((await of('nobody-of-this-name')).status).toBe(404)
    }
  },
  {
    id: 'not-found',
    title: 'what is not there is 404 Not Found',
    async prove({ app }) {
      const { status, body } = await app('GET', './issues/999999')
      expect([status, body.message]).toEqual([404, 'Not Found'])
    }
  },
  {
    id: 'not-json',
    title: 'a body that is no JSON is 400 Problems parsing JSON',
    async prove({ subject }) {
      const response = await fetch(`${subject.apiUrl}/repos/${subject.repository}/issues`, {
        method: 'POST',
        headers: { authorization: `token ${subject.owner.token}` },
        body: '{"title":'
      })
      const body = (await response.json()) as { readonly message: string }
      expect([response.status, body.message]).toEqual([400, 'Problems parsing JSON'])
    }
  },
  {
    id: 'pages',
    title: 'a list comes in pages, and the Link header leads through them',
    async prove({ app, issue }) {
      for (const _ of [1, 2, 3]) await issue()
      const first = await app('GET', './issues?state=all&per_page=2')
      expect(first.list).toHaveLength(2)
      const link = first.headers.get('link') ?? ''
      expect(link).toMatch(/<[^>]*[?&]page=2[^>]*>; rel="next"/)
      expect(link).toContain('rel="last"')
      const second = await app('GET', './issues?state=all&per_page=2&page=2')
      expect(second.headers.get('link')).toContain('rel="prev"')
      expect(second.list.map(one => one.id)).not.toContain(first.list[0]?.id)
    }
  },
  {
    id: 'etag',
    title: 'a read that the caller has already is 304 and costs nothing',
    async prove({ app, issue }) {
      const path = `./issues/${await issue()}`
      const first = await app('GET', path)
      const etag = first.headers.get('etag') ?? ''
      expect(etag).toMatch(/^W?\/?"/)
      const again = await app('GET', path, undefined, { 'if-none-match': etag })
      expect([again.status, again.text]).toEqual([304, ''])
      const left = (one: typeof first) => one.headers.get('x-ratelimit-remaining')
      expect(left(again)).toBe(left(first))
      await app('PATCH', path, { title: 'another title' })
      expect((await app('GET', path, undefined, { 'if-none-match': etag })).status).toBe(200)
    }
  },
  {
    id: 'rate-headers',
    title: 'each answer counts down the hour',
    async prove({ app }) {
      const one = await app('GET', '.')
      const other = await app('GET', '.')
      const left = (answer: typeof one) => Number(answer.headers.get('x-ratelimit-remaining'))
      expect(left(other)).toBe(left(one) - 1)
      expect(one.headers.get('x-ratelimit-limit')).toBe('5000')
      expect(one.headers.get('x-ratelimit-resource')).toBe('core')
      expect(Number(one.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000)
    }
  },
  {
    id: 'rate-limit',
    title: 'asking for the limit tells what is left, and is free',
    async prove({ app }) {
      const before = await app('GET', '.')
      const { body } = await app('GET', '/rate_limit')
      const left = Number(before.headers.get('x-ratelimit-remaining'))
      expect(body.resources?.core).toMatchObject({ limit: 5000, remaining: left })
      const after = await app('GET', '.')
      expect(Number(after.headers.get('x-ratelimit-remaining'))).toBe(left - 1)
    }
  }
]
