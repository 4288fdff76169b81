/** What a REST operation declares, and what it is given. */
import type { Actor } from '#app/sandbox/actor.ts'
import type { Rate } from '#app/sandbox/rate-limits.ts'
import { Refusal } from '#app/sandbox/refusal.ts'
import type { Access, Account, Repository, Role } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'

export interface Call {
  readonly world: World
  readonly actor: Actor
  /** The caller's primary limit, this call counted. */
  readonly rate: Rate
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The parsed JSON body; undefined when none was sent. */
  readonly body: unknown
  readonly accept: string
  /** The address as called, for Link headers. */
  readonly url: URL
}

export interface RepositoryCall extends Call {
  readonly repository: Repository
  /** The caller's role when he is a person, 'write' for the App within its permissions. */
  readonly role: Role | null
}

export interface Answer {
  readonly status: 200 | 201 | 202 | 204 | 205 | 302
  readonly body?: unknown
  readonly text?: { readonly content: string | Buffer; readonly type: string }
  readonly headers?: Readonly<Record<string, string>>
}

/** What an operation on a repository asks of its caller. */
export interface Needs {
  /** The App's permission. `issues|pull_requests` means: the second will do for pull requests. */
  readonly permission:
    | 'metadata'
    | 'actions'
    | 'contents'
    | 'checks'
    | 'issues'
    | 'pull_requests'
    | 'issues|pull_requests'
  readonly access: Access
  /** The least role of a person. */
  readonly role: Role
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

export interface RepositoryRoute {
  readonly method: Method
  /** Below /repos/{owner}/{repo}. */
  readonly path: string
  readonly needs: Needs
  readonly run: (call: RepositoryCall) => Answer | Promise<Answer>
}

export interface GlobalRoute {
  readonly method: Method
  readonly path: string
  /** 'app': a JWT; 'installation': an installation token; 'signed-in': a person; 'any'. */
  readonly caller: 'app' | 'installation' | 'signed-in' | 'any'
  readonly run: (call: Call) => Answer | Promise<Answer>
}

export function ok(body: unknown): Answer {
  return { status: 200, body }
}

export function created(body: unknown, location?: string): Answer {
  return { status: 201, body, ...(location === undefined ? {} : { headers: { location } }) }
}

export function noContent(): Answer {
  return { status: 204 }
}

const PER_PAGE = 30
const MOST_PER_PAGE = 100

/** One page of a list with its Link header. Docs: "Using pagination in the REST API". */
export async function paged<T>(
  call: Call,
  items: readonly T[],
  render: (item: T) => unknown
): Promise<Answer> {
  const { shown, headers } = slice(call, items)
  return { status: 200, body: await Promise.all(shown.map(render)), headers }
}

/** As `paged`, for lists that GitHub wraps: `{ total_count, [name]: [...] }`. */
export async function pagedIn<T>(
  call: Call,
  name: string,
  items: readonly T[],
  render: (item: T) => unknown
): Promise<Answer> {
  const { shown, headers } = slice(call, items)
  const list = await Promise.all(shown.map(render))
  return { status: 200, body: { total_count: items.length, [name]: list }, headers }
}

function slice<T>(
  call: Call,
  items: readonly T[]
): { readonly shown: readonly T[]; readonly headers: Record<string, string> } {
  const size = Math.min(positive(call.query.get('per_page')) ?? PER_PAGE, MOST_PER_PAGE)
  const page = positive(call.query.get('page')) ?? 1
  const last = Math.max(1, Math.ceil(items.length / size))
  const link = (to: number, rel: string): string => {
    const url = new URL(call.url)
    url.searchParams.set('page', String(to))
    return `<${url.href}>; rel="${rel}"`
  }
  const links: string[] = []
  if (page > 1) links.push(link(page - 1, 'prev'))
  if (page < last) links.push(link(page + 1, 'next'), link(last, 'last'))
  if (page > 1) links.push(link(1, 'first'))
  return {
    shown: items.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') }
  }
}

function positive(text: string | null): number | null {
  const value = Number(text)
  return text !== null && Number.isInteger(value) && value > 0 ? value : null
}

/** The account that an act is put down to; the App's JWT and strangers act on nothing. */
export function accountOf(actor: Actor): Account {
  if (actor.kind === 'person' || actor.kind === 'installation') return actor.account
  throw new Refusal(401, 'Requires authentication')
}

export function isApp(actor: Actor): boolean {
  return actor.kind === 'installation'
}

/** A number out of the path; what is none cannot be found. */
export function numberOf(call: Call, name: string): number {
  const text = call.params[name] ?? ''
  if (!/^\d{1,15}$/.test(text)) throw new Refusal(404, 'Not Found')
  return Number(text)
}

/** A date out of the query (`since`); null when it was not given. 422 when it is none. */
export function dateOf(call: Call, name: string): number | null {
  const text = call.query.get(name)
  if (text === null || text === '') return null
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new Refusal(422, `Invalid request.\n\n${name} is not a timestamp.`)
  return time
}
