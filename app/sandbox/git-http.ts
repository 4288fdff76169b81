/** Git over HTTP: `git http-backend` as CGI, with GitHub's rules on who may read and push. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createGunzip } from 'node:zlib'
import { start } from '#app/sandbox/git/process.ts'
import { listRefs } from '#app/sandbox/git/read.ts'
import { type Actor, actorName, canSee, grants, inScope, isAtLeast, roleOf } from './actor.ts'
import { identify } from './auth.ts'
import type { Faults } from './faults.ts'
import { changesBetween, refsChanged } from './pushes.ts'
import { Refusal } from './refusal.ts'
import type { Account, Repository } from './state.ts'
import { findRepository, type World } from './world.ts'

/** True for addresses that git clients use: /OWNER/NAME.git/... */
export function isGitPath(path: string): boolean {
  return GIT_PATH.test(path)
}

const GIT_PATH =
  /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.+)$/

interface Words {
  readonly status: number
  readonly text: string
}

/** Answers one request of a git client on the raw connection. */
export async function serveGit(
  parts: { readonly world: World; readonly faults: Faults },
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const { world, faults } = parts
  const url = new URL(request.url ?? '/', world.url)
  const [, owner = '', name = '', rest = ''] = GIT_PATH.exec(url.pathname) ?? []
  const service = rest === 'info/refs' ? url.searchParams.get('service') : rest
  const writes = service === 'git-receive-pack'
  const entered = open(world, request, { owner, name, writes })
  if ('status' in entered) {
    const ask = entered.status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {}
    response.writeHead(entered.status, { 'content-type': 'text/plain; charset=utf-8', ...ask })
    response.end(`${entered.text}\n`)
    return
  }
  const { repository, by } = entered
  const lost = faults.takes(request.method ?? 'GET', url.pathname)
  const query = url.search.slice(1)
  const cgi: Cgi = { request, response, repository, path: rest, query, lost }
  if (rest !== 'git-receive-pack' || by === null) {
    await runBackend(world, cgi, async () => {})
    return
  }
  await inTurn(repository, async () => {
    const before = await listRefs(world.git, repository.folder)
    await runBackend(world, cgi, async () => {
      const after = await listRefs(world.git, repository.folder)
      await refsChanged({ world, repository, by }, changesBetween(before, after))
    })
  })
}

type Entered = { readonly repository: Repository; readonly by: Account | null }

function open(
  world: World,
  request: IncomingMessage,
  asked: { readonly owner: string; readonly name: string; readonly writes: boolean }
): Entered | Words {
  let actor: Actor
  try {
    actor = identify(world, request.headers.authorization)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: 401, text: 'Invalid username or token.' }
  }
  const repository = findRepository(world.state, asked.owner, asked.name)
  if (actor.kind === 'anonymous') {
    if (repository === null || repository.private || asked.writes) {
      return { status: 401, text: 'Repository not found.' }
    }
    return { repository, by: null }
  }
  if (repository === null || !canSee(actor, repository)) {
    return { status: 404, text: 'Repository not found.' }
  }
  const by = actor.kind === 'app' ? null : actor.account
  if (mayUse(actor, repository, asked.writes)) return { repository, by }
  if (!asked.writes) return { status: 404, text: 'Repository not found.' }
  const login = by?.login ?? actorName(world, actor)
  return { status: 403, text: `Permission to ${repository.fullName}.git denied to ${login}.` }
}

function mayUse(actor: Actor, repository: Repository, writes: boolean): boolean {
  if (actor.kind === 'person') {
    return isAtLeast(roleOf(repository, actor.account), writes ? 'write' : 'read')
  }
  if (actor.kind !== 'installation') return !writes && !repository.private
  const granted =
    inScope(actor, repository) && grants(actor.permissions, 'contents', writes ? 'write' : 'read')
  return granted || (!writes && !repository.private)
}

const turns = new WeakMap<Repository, Promise<void>>()

/** One change of refs at a time for each repository, so that events tell what each one moved. */
export async function inTurn<T>(repository: Repository, work: () => Promise<T>): Promise<T> {
  const before = turns.get(repository) ?? Promise.resolve()
  const result = before.then(work)
  const settled = result.then(
    () => {},
    // The caller of this turn gets the error; the next turn starts anyway.
    () => {}
  )
  turns.set(repository, settled)
  return result
}

interface Cgi {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly repository: Repository
  readonly path: string
  readonly query: string
  /** The work is done, the answer is not sent, the connection is cut. */
  readonly lost: boolean
}

/** Runs the program and passes its answer on; `after` runs before the last byte is sent. */
async function runBackend(world: World, cgi: Cgi, after: () => Promise<void>): Promise<void> {
  const { request, response, repository } = cgi
  const header = (name: string): string => String(request.headers[name] ?? '')
  const child = start(world.git, world.git.backend, [], {
    folder: repository.folder,
    environment: {
      GIT_PROJECT_ROOT: repository.folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${cgi.path}`,
      QUERY_STRING: cgi.query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      GIT_PROTOCOL: header('git-protocol'),
      REMOTE_USER: 'git',
      REMOTE_ADDR: '127.0.0.1'
    }
  })
  const gzip = header('content-encoding') === 'gzip'
  const body = gzip ? request.pipe(createGunzip()) : request
  body.on('error', () => child.kill())
  body.pipe(child.stdin)
  response.once('close', () => {
    if (!response.writableFinished) child.kill()
  })
  let head = Buffer.alloc(0)
  let headSent = false
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  // Awaited below, after the output; until then a failed start must not count as unhandled.
  ended.catch(() => {})
  child.stderr.resume()
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (cgi.lost) continue
    if (headSent) {
      if (!response.write(chunk)) await drained(response)
      continue
    }
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) continue
    sendHead(response, head.subarray(0, end).toString('latin1'))
    headSent = true
    if (head.length > end + 4) response.write(head.subarray(end + 4))
  }
  await ended
  if (cgi.lost) {
    await after()
    response.destroy()
    return
  }
  if (!headSent) response.writeHead(500, { 'content-type': 'text/plain' })
  await after()
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    response.once('drain', resolve)
    response.once('close', resolve)
  })
}

function sendHead(response: ServerResponse, head: string): void {
  let status = 200
  const headers: Record<string, string> = {}
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'status') status = Number.parseInt(value, 10)
    else headers[name] = value
  }
  response.writeHead(status, headers)
}
