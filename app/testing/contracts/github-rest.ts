/** What we hold GitHub's REST API to: claims that are proven on our sandbox and on a second opinion. */
import { expect } from '@jest/globals'
import type { Exchange } from '#app/sandbox/exchange.ts'
import { createOpenApiCheck, type Violation } from '#app/testing/openapi-check.ts'

export interface Person {
  readonly login: string
  readonly token: string
}

/** A running GitHub: one public repository with a README.md, and an App installed on it. */
export interface RestSubject {
  readonly apiUrl: string
  readonly repository: string
  readonly owner: Person
  /** Somebody without any role on the repository. */
  readonly stranger: Person
  readonly appSlug: string
  /** A fresh token of the App itself. */
  jwt(): string
  close(): Promise<void>
}

/** One thing that GitHub documents. */
export interface Claim {
  readonly id: string
  readonly title: string
  /** Rejects when it does not hold. */
  readonly prove: (bench: RestBench) => Promise<void>
}

/** Answers are not typed: claims walk down to what they need and compare it. */
export interface Json {
  readonly [key: string]: Json
}

export interface Answered {
  readonly status: number
  readonly body: Json
  readonly list: readonly Json[]
  readonly text: string
  readonly headers: Headers
}

/** `path` may start with `./`, which stands for the repository. */
export type Caller = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>
) => Promise<Answered>

export interface RestBench {
  readonly subject: RestSubject
  readonly owner: Caller
  readonly stranger: Caller
  readonly anonymous: Caller
  /** The App itself, by its JWT. */
  readonly integration: Caller
  /** The App on the repository, by an installation token. */
  readonly app: Caller
  /** By a token that was narrowed to what the body names. */
  narrowed(narrowing: unknown): Promise<Caller>
  caller(token: string): Caller
  unique(word: string): string
  /** A new issue of the owner's. */
  issue(): Promise<number>
  /** A new branch from main with one new file, written by the App. */
  branch(): Promise<{ readonly name: string; readonly path: string; readonly sha: string }>
  /** A new pull request of the App's. */
  pull(): Promise<{
    readonly number: number
    readonly branch: string
    readonly path: string
    readonly sha: string
  }>
  /** Answers so far that do not fit GitHub's description. */
  readonly violations: () => readonly Violation[]
}

export async function openRestBench(subject: RestSubject): Promise<RestBench> {
  const check = createOpenApiCheck('refused')
  const repository = `/repos/${subject.repository}`
  let last = 0

  const caller =
    (authorization: string | null): Caller =>
    async (method, path, body, headers = {}) => {
      const address = new URL(subject.apiUrl + path.replace(/^\.(?=\/|$)/, repository))
      const credentials = authorization === null ? {} : { authorization }
      const response = await fetch(address, {
        method,
        headers: { ...credentials, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const answered = await readAnswer(response)
      check.observe(exchangeOf(subject, { method, address, body }, answered))
      return answered
    }
  const integration: Caller = (...call) => caller(`Bearer ${subject.jwt()}`)(...call)
  const narrowed = async (narrowing: unknown): Promise<Caller> => {
    const found = await integration('GET', './installation')
    const path = `/app/installations/${found.body.id}/access_tokens`
    const made = await integration('POST', path, narrowing)
    expect(made.status).toBe(201)
    return caller(`token ${made.body.token}`)
  }
  const owner = caller(`token ${subject.owner.token}`)
  const app = await narrowed(undefined)
  const unique = (word: string): string => {
    last += 1
    return `${word}-${last}`
  }

  const bench: RestBench = {
    subject,
    owner,
    stranger: caller(`token ${subject.stranger.token}`),
    anonymous: caller(null),
    integration,
    app,
    narrowed,
    caller: token => caller(`token ${token}`),
    unique,
    async issue() {
      const made = await owner('POST', './issues', { title: unique('issue'), body: 'please' })
      expect(made.status).toBe(201)
      return Number(made.body.number)
    },
    async branch() {
      const name = unique('branch')
      const path = `${name}.txt`
      const main = await app('GET', './git/ref/heads/main')
      const sha = main.body.object?.sha
      const made = await app('POST', './git/refs', { ref: `refs/heads/${name}`, sha })
      expect(made.status).toBe(201)
      const content = Buffer.from(`${name}\n`).toString('base64')
      const body = { message: `add ${path}`, branch: name, content }
      const put = await app('PUT', `./contents/${path}`, body)
      expect(put.status).toBe(201)
      return { name, path, sha: String(put.body.commit?.sha) }
    },
    async pull() {
      const { name: branch, path, sha } = await bench.branch()
      const body = { title: unique('pull'), head: branch, base: 'main', body: 'done' }
      const made = await app('POST', './pulls', body)
      expect(made.status).toBe(201)
      return { number: Number(made.body.number), branch, path, sha }
    },
    violations: check.violations
  }
  return bench
}

async function readAnswer(response: Response): Promise<Answered> {
  const { status, headers } = response
  const text = await response.text()
  const isJson = headers.get('content-type')?.startsWith('application/json') === true
  const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : {}
  const list = Array.isArray(parsed) ? (parsed as Json[]) : []
  return { status, headers, text, list, body: parsed as Json }
}

function exchangeOf(
  subject: RestSubject,
  call: { readonly method: string; readonly address: URL; readonly body: unknown },
  answered: Answered
): Exchange {
  const { method, address, body } = call
  const isJson = answered.headers.get('content-type')?.startsWith('application/json') === true
  return {
    method,
    path: address.href.slice(subject.apiUrl.length).replace(/\?.*$/, ''),
    query: address.searchParams,
    sent: body,
    status: answered.status,
    answered: isJson && answered.text !== '' ? answered.body : undefined,
    by: 'contract'
  }
}
