/** Files and folders. Docs: "REST API endpoints for repository contents". */
import {
  findRef,
  readBlob,
  readCommit,
  readEntry,
  readTree,
  resolveCommit,
  type TreeEntry
} from '#app/sandbox/git/read.ts'
import { writeCommit } from '#app/sandbox/git/write.ts'
import { inTurn } from '#app/sandbox/git-http.ts'
import { refsChanged } from '#app/sandbox/pushes.ts'
import { invalidRequest, notFound, Refusal } from '#app/sandbox/refusal.ts'
import { gitCommitJson } from '#app/sandbox/wire/commit.ts'
import { repositoryApi, repositoryPage } from '#app/sandbox/wire/repository.ts'
import { stamp } from '#app/sandbox/world.ts'
import { fieldsOf } from './fields.ts'
import { sceneOf } from './issues.ts'
import { type Answer, ok, type RepositoryCall, type RepositoryRoute } from './route.ts'

const READ = { permission: 'contents', access: 'read', role: 'read' } as const
const WRITE = { permission: 'contents', access: 'write', role: 'write' } as const

export const contentRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', path: '/contents', needs: READ, run: getContent },
  { method: 'GET', path: '/contents/:path{.*}', needs: READ, run: getContent },
  { method: 'PUT', path: '/contents/:path{.+}', needs: WRITE, run: putContent },
  { method: 'DELETE', path: '/contents/:path{.+}', needs: WRITE, run: deleteContent },
  { method: 'GET', path: '/readme', needs: READ, run: getReadme }
]

/** A clean path inside the repository; '' is the root. */
function pathOf(call: RepositoryCall): string {
  const path = (call.params.path ?? '').replace(/^\/+|\/+$/g, '')
  const parts = path === '' ? [] : path.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..' || part === '.git')) {
    throw new Refusal(422, 'path contains a malformed path component')
  }
  return path
}

async function getContent(call: RepositoryCall): Promise<Answer> {
  const { world, repository, query } = call
  const { git } = world
  const ref = query.get('ref') ?? repository.defaultBranch
  const commit = await resolveCommit(git, repository.folder, ref)
  if (commit === null) throw new Refusal(404, `No commit found for the ref ${ref}`)
  const path = pathOf(call)
  const entry = path === '' ? null : await readEntry(git, repository.folder, { commit, path })
  if (path !== '' && entry === null) throw notFound()
  if (entry === null || entry.type === 'tree') {
    const entries = await readTree(git, repository.folder, { commit, path })
    return ok((entries ?? []).map(one => entryJson(call, one, joined(path, one.name), ref)))
  }
  const content = entry.type === 'blob' ? await readBlob(git, repository.folder, entry.sha) : null
  if (content !== null && /\bvnd\.github(\.v3)?\.raw\b/.test(call.accept)) {
    return { status: 200, text: { content, type: 'application/vnd.github.raw; charset=utf-8' } }
  }
  return ok({
    ...entryJson(call, entry, path, ref),
    content: content === null ? '' : wrapped(content),
    encoding: 'base64'
  })
}

async function getReadme(call: RepositoryCall): Promise<Answer> {
  return getContent({ ...call, params: { ...call.params, path: 'README.md' } })
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** GitHub breaks base64 into lines of 60 characters. */
function wrapped(content: Buffer): string {
  return content.toString('base64').replaceAll(/.{1,60}/g, '$&\n')
}

const KINDS = { tree: 'dir', blob: 'file', commit: 'submodule' } as const

function entryJson(call: RepositoryCall, entry: TreeEntry, path: string, ref: string) {
  const { world, repository } = call
  const safe = path.split('/').map(encodeURIComponent).join('/')
  const self = `${repositoryApi(world, repository)}/contents/${safe}?ref=${encodeURIComponent(ref)}`
  const kind = entry.type === 'tree' ? 'trees' : 'blobs'
  const git = `${repositoryApi(world, repository)}/git/${kind}/${entry.sha}`
  const page = repositoryPage(world, repository)
  const html = `${page}/${entry.type === 'tree' ? 'tree' : 'blob'}/${ref}/${safe}`
  return {
    name: entry.name,
    path,
    sha: entry.sha,
    size: entry.size,
    url: self,
    html_url: html,
    git_url: git,
    download_url: entry.type === 'blob' ? `${page}/raw/${ref}/${safe}` : null,
    type: entry.mode === '120000' ? 'symlink' : KINDS[entry.type],
    _links: { self, git, html }
  }
}

function putContent(call: RepositoryCall): Promise<Answer> {
  return inTurn(call.repository, () => commitContent(call, 'write'))
}

function deleteContent(call: RepositoryCall): Promise<Answer> {
  return inTurn(call.repository, () => commitContent(call, 'delete'))
}

/** One commit on a branch. A DELETE may carry its fields in the query, as clients without a body do. */
async function commitContent(call: RepositoryCall, act: 'write' | 'delete'): Promise<Answer> {
  const { world, repository } = call
  const { git } = world
  const fields = fieldsOf(call.body ?? Object.fromEntries(call.query))
  const path = pathOf(call)
  const message = fields.requiredText('message')
  const content = fields.text('content')
  const branch = fields.text('branch') ?? repository.defaultBranch
  const name = `refs/heads/${branch}`
  const head = await findRef(git, repository.folder, name)
  if (head === null) throw new Refusal(404, `Branch ${branch} not found`)
  const entry = await readEntry(git, repository.folder, { commit: head.sha, path })
  const deletes = act === 'delete'
  if (deletes && entry === null) throw notFound()
  checkSha(path, entry, fields.text('sha'))
  if (!deletes && content === undefined) throw invalidRequest('"content" wasn\'t supplied.')
  if (!deletes && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content ?? '')) {
    throw new Refusal(422, 'content is not valid Base64')
  }
  const scene = sceneOf(call)
  const self = { name: scene.by.login, email: scene.by.email, date: stamp(world) }
  const commit = await writeCommit(git, repository.folder, {
    branch,
    parent: head.sha,
    message,
    author: signatureOf(fields.object('author'), self),
    committer: signatureOf(fields.object('committer'), self),
    files: new Map([[path, deletes ? null : Buffer.from(content ?? '', 'base64')]])
  })
  await refsChanged(scene, [{ name, before: head.sha, after: commit }])
  const made = await readEntry(git, repository.folder, { commit, path })
  return {
    status: entry === null ? 201 : 200,
    body: {
      content: made === null ? null : entryJson(call, made, path, branch),
      commit: gitCommitJson(world, repository, await readCommit(git, repository.folder, commit))
    }
  }
}

function checkSha(path: string, entry: TreeEntry | null, sha: string | undefined): void {
  if (entry === null) {
    if (sha !== undefined) throw notFound()
    return
  }
  if (entry.type !== 'blob') throw new Refusal(422, `${path} is not a file`)
  if (sha === undefined) throw invalidRequest('"sha" wasn\'t supplied.')
  if (sha !== entry.sha) throw new Refusal(409, `${path} does not match ${sha}`)
}

interface Self {
  readonly name: string
  readonly email: string
  readonly date: string
}

function signatureOf(given: ReturnType<ReturnType<typeof fieldsOf>['object']>, self: Self): Self {
  if (given === undefined) return self
  const date = given.text('date') ?? self.date
  if (Number.isNaN(Date.parse(date))) throw invalidRequest(`"${date}" is not a date-time.`)
  return { name: given.requiredText('name'), email: given.requiredText('email'), date }
}
