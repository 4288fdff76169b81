/** A running sandbox with a listener for its webhooks, for the tests beside it. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { promisify } from 'node:util'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { appJwt } from './app-jwt.ts'
import { createOpenApiCheck } from './openapi-check.ts'

export interface Heard {
  readonly headers: IncomingHttpHeaders
  readonly raw: string
  readonly event: string
  readonly action: string | undefined
  readonly payload: Json
}

/** Answers of an API are not typed: tests walk down to what they need and compare it. */
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

interface CallOptions {
  readonly token?: string
  readonly body?: unknown
  readonly accept?: string
}

export interface TestBench {
  readonly sandbox: Sandbox
  readonly folder: string
  readonly heard: Heard[]
  /** Where the listener hears. */
  readonly hookUrl: string
  /** The status that the listener answers with. */
  answer: number
  call(method: string, path: string, options?: CallOptions): Promise<Answered>
  jwt(claims?: Readonly<Record<string, unknown>>): string
  /** An installation token for the owner of a repository. */
  appToken(fullName: string, narrowing?: unknown): Promise<string>
  /** A new repository of ann's with two files; resolves with its full name. */
  repository(options?: { readonly private?: boolean }): Promise<string>
  /** Runs git in a folder; rejects with its stderr. */
  git(folder: string, ...args: readonly string[]): Promise<string>
  clone(fullName: string, token: string): Promise<string>
  /** Events heard since the last call, as `event.action`. */
  events(): Promise<readonly string[]>
  close(): Promise<void>
}

export const SECRET = 'a secret of the tests'
const FILES = { 'README.md': '# demo\n', 'src/sum.js': 'one\ntwo\nthree\n' }
const run = promisify(execFile)

export async function openTestBench(
  options: { readonly now?: () => Date } = {}
): Promise<TestBench> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewright-sandbox-'))
  const heard: Heard[] = []
  const hook = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks).toString('utf8')
    const payload = JSON.parse(raw) as Json
    const event = String(request.headers['x-github-event'])
    const action = payload.action === undefined ? undefined : String(payload.action)
    heard.push({ headers: request.headers, raw, event, action, payload })
    response.writeHead(bench.answer).end()
  })
  await new Promise<void>(resolve => hook.listen(0, '127.0.0.1', resolve))
  const address = hook.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const webhook = { url: `http://127.0.0.1:${port}/hook`, secret: SECRET }
  const check = createOpenApiCheck('refused')
  const sandbox = await startSandbox({ folder, webhook, observe: check.observe, ...options })
  let repositories = 0
  let clones = 0
  let read = 0

  const bench: TestBench = {
    sandbox,
    folder,
    heard,
    hookUrl: webhook.url,
    answer: 202,
    async call(method, path, { token, body, accept } = {}) {
      const response = await fetch(`${sandbox.apiUrl}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `token ${token}` }),
          ...(accept === undefined ? {} : { accept })
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
      const parsed: unknown = isJson ? JSON.parse(text) : {}
      return {
        status: response.status,
        body: parsed as Json,
        list: Array.isArray(parsed) ? (parsed as Json[]) : [],
        text,
        headers: response.headers
      }
    },
    jwt(claims = {}) {
      return appJwt(sandbox.app, { now: options.now?.() ?? new Date(), claims })
    },
    async appToken(fullName, narrowing) {
      const token = bench.jwt()
      const found = await bench.call('GET', `/repos/${fullName}/installation`, { token })
      const path = `/app/installations/${found.body.id}/access_tokens`
      const made = await bench.call('POST', path, { token, body: narrowing })
      if (made.status !== 201) throw new Error(`making a token: ${made.status} ${made.text}`)
      return String(made.body.token)
    },
    async repository(given = {}) {
      repositories += 1
      const name = `demo-${repositories}`
      const made = await sandbox.createRepository({ owner: 'ann', name, files: FILES, ...given })
      return made.fullName
    },
    async git(where, ...args) {
      const settings = ['-c', 'user.name=Test', '-c', 'user.email=test@example.test']
      const { stdout } = await run('git', [...settings, '-C', where, ...args], {
        env: {
          PATH: env.PATH,
          HOME: folder,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_TERMINAL_PROMPT: '0',
          LANG: 'C'
        }
      })
      return stdout.trim()
    },
    async clone(fullName, token) {
      clones += 1
      const to = join(folder, `clone-${clones}`)
      const url = new URL(`${sandbox.url}/${fullName}.git`)
      url.username = 'x-access-token'
      url.password = token
      await bench.git(folder, 'clone', '--quiet', url.href, to)
      return to
    },
    async events() {
      await sandbox.settled()
      const fresh = heard.slice(read)
      read = heard.length
      return fresh.map(one => (one.action === undefined ? one.event : `${one.event}.${one.action}`))
    },
    async close() {
      await sandbox.close()
      hook.closeAllConnections()
      await new Promise(resolve => hook.close(resolve))
      await rm(folder, { recursive: true, force: true })
      check.assertNone()
    }
  }
  return bench
}

/** A branch with one more commit, made over the API; resolves with the commit's sha. */
export async function commitOn(
  bench: TestBench,
  at: {
    readonly repository: string
    readonly branch: string
    readonly path: string
    readonly text: string
    readonly token: string
  }
): Promise<string> {
  const { repository, branch, path, text, token } = at
  const heads = `/repos/${repository}/git/ref/heads`
  if ((await bench.call('GET', `${heads}/${branch}`, { token })).status === 404) {
    const main = await bench.call('GET', `${heads}/main`, { token })
    const body = { ref: `refs/heads/${branch}`, sha: main.body.object?.sha }
    await bench.call('POST', `/repos/${repository}/git/refs`, { token, body })
  }
  const file = `/repos/${repository}/contents/${path}`
  const before = await bench.call('GET', `${file}?ref=${branch}`, { token })
  const content = Buffer.from(text).toString('base64')
  const sha = before.status === 200 ? { sha: before.body.sha } : {}
  const body = { message: `change ${path}`, branch, content, ...sha }
  const made = await bench.call('PUT', file, { token, body })
  if (made.status >= 300) throw new Error(`committing: ${made.status} ${made.text}`)
  return String(made.body.commit?.sha)
}
