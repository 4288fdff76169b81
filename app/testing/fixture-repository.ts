/** A real bare repository for tests, and `git http-backend` in front of it. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'

/** CGI as git-http-backend(1) wants it. */
export function gitBackend(
  repository: string,
  url: URL,
  path: string,
  request: IncomingMessage,
  response: ServerResponse
): void {
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROJECT_ROOT: repository,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: path.replace('/git', ''),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '')
    },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  // A client that goes away in the middle closes these; nothing is left to do then.
  child.stdin.on('error', () => undefined)
  const gzipped = request.headers['content-encoding'] === 'gzip'
  ;(gzipped ? request.pipe(createGunzip()) : request).pipe(child.stdin)
  let head = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) {
      response.write(chunk)
      return
    }
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const lines = head.subarray(0, end).toString().split('\r\n')
    const headers = Object.fromEntries(lines.map(line => line.split(': ') as [string, string]))
    response.writeHead(Number(headers.Status?.slice(0, 3) ?? 200), headers)
    response.write(head.subarray(end + 4))
  })
  child.stdout.on('end', () => response.end())
}

/** Makes `bare` with one commit on main (README.md, .gitignore); answers the commit. */
export function makeRepository(folder: string, bare: string): string {
  const tree = join(folder, 'seed')
  const git = (...args: string[]): string => gitIn(tree, args)
  execFileSync('git', ['init', '-q', '-b', 'main', tree])
  writeFileSync(join(tree, 'README.md'), '# Fixture\n')
  writeFileSync(join(tree, '.gitignore'), 'ignored/\n')
  git('add', '-A')
  git('commit', '-q', '-m', 'First')
  execFileSync('git', ['clone', '-q', '--bare', tree, bare])
  return git('rev-parse', 'HEAD').trim()
}

function gitIn(cwd: string, args: readonly string[]): string {
  const person = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' }
  const committer = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' }
  const env = { PATH: process.env.PATH, ...person, ...committer }
  return execFileSync('git', args, { cwd, encoding: 'utf8', env })
}

/** Files (path -> text) at the head of a bundle that builds on the repository; none without a bundle. */
export function readBundle(
  folder: string,
  repository: string,
  bundle: Buffer | null
): Readonly<Record<string, string>> {
  if (bundle === null) return {}
  const work = mkdtempSync(join(folder, 'read-'))
  execFileSync('git', ['clone', '-q', '--bare', repository, join(work, 'copy.git')])
  writeFileSync(join(work, 'bundle'), bundle)
  const git = (...args: string[]): string => gitIn(join(work, 'copy.git'), args)
  git('fetch', '-q', join(work, 'bundle'), '+refs/heads/*:refs/heads/taken/*')
  const ref = git('for-each-ref', '--format=%(refname)', 'refs/heads/taken').trim()
  const paths = git('ls-tree', '-r', '--name-only', ref).split('\n').filter(Boolean)
  return Object.fromEntries(paths.map(path => [path, git('show', `${ref}:${path}`)]))
}
