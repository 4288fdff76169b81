/** Git reads passed through to GitHub with a reader's token (decisions 28). */
import { AppError } from '#app/core/errors.ts'
import { fullName, type Repository } from '#app/core/project.ts'
import type { GitUpstream } from '#app/ports/github.ts'
import { basicAuthorization } from './access.ts'
import { createKeptAnswers, readUpTo } from './kept-answers.ts'
import { cloneUrl, type Settings } from './options.ts'
import type { Tokens } from './tokens.ts'

/** Until the answer's headers; a pack may take as long as it flows. */
const FIRST_ANSWER_MS = 60_000
/** A first fetch of some commits is a few lines; what is longer tells of commits that are there already. */
const MOST_QUESTION_BYTES = 4 * 1024
const ANSWER_HEADERS = ['content-type', 'cache-control', 'expires', 'pragma']

/**
 * What git asks for by id is answered from memory for a few minutes: the capabilities of the server,
 * and the pack of a commit, which is the same for every run that starts there (protocol v2 only;
 * its lists of refs are always asked for). Each repository has its own; the caller says which one.
 */
export function createUpstream(settings: Settings, tokens: Tokens): GitUpstream {
  const kept = createKeptAnswers(settings.now)

  async function ask(
    repository: Repository,
    path: string,
    init: RequestInit & { readonly duplex?: 'half' }
  ): Promise<Response> {
    const token = await tokens.token(repository, 'reader')
    const headers = new Headers(init.headers)
    headers.set('authorization', basicAuthorization(token))
    headers.set('user-agent', 'git/2 (stagewright)')
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), FIRST_ANSWER_MS)
    let answer: Response
    try {
      answer = await settings.fetch(`${cloneUrl(settings, repository)}${path}`, {
        ...init,
        headers,
        redirect: 'manual',
        signal: stop.signal
      })
    } catch (cause) {
      const message = `reading ${fullName(repository)} from GitHub: no answer`
      throw new AppError('GITHUB_UNAVAILABLE', message, { cause })
    } finally {
      clearTimeout(timer)
    }
    if (answer.status === 200) return passedOn(answer)
    await answer.body?.cancel()
    if (answer.status === 401) tokens.drop(repository, 'reader', token)
    throw readError(repository, answer)
  }

  return {
    advertise: (repository, protocol) =>
      kept.get(
        `${repository.providerId} ${protocol} capabilities`,
        () =>
          ask(repository, '/info/refs?service=git-upload-pack', {
            headers: { accept: '*/*', ...protocolHeader(protocol) }
          }),
        isWithoutRefs
      ),
    async uploadPack(repository, { body, encoding, protocol }) {
      const { start, rest } = await readUpTo(body, MOST_QUESTION_BYTES)
      const pass = (): Promise<Response> =>
        ask(repository, '/git-upload-pack', {
          method: 'POST',
          body: rest ?? new Uint8Array(start),
          duplex: 'half',
          headers: {
            'content-type': 'application/x-git-upload-pack-request',
            accept: 'application/x-git-upload-pack-result',
            ...(encoding === null ? {} : { 'content-encoding': encoding }),
            ...protocolHeader(protocol)
          }
        })
      const question = start?.toString('latin1') ?? ''
      if (encoding !== null || protocol !== 'version=2' || !isFirstFetch(question)) return pass()
      return kept.get(`${repository.providerId} ${question}`, pass, isWholePack)
    }
  }
}

/** Only the second version of the protocol answers with what it can do and no refs. */
function isWithoutRefs(answer: Buffer): boolean {
  return /^(001e# service=git-upload-pack\n0000)?000eversion 2\n/.test(
    answer.subarray(0, 64).toString('latin1')
  )
}

/** Commits by their ids, for somebody who has none: its answer depends on nothing else. */
function isFirstFetch(question: string): boolean {
  return (
    /^....command=fetch\b/.test(question) &&
    /want [0-9a-f]{40}/.test(question) &&
    /done\n?0000$/.test(question) &&
    !/have |want-ref |shallow /.test(question)
  )
}

const ERROR_BAND = 3

/** A pack to its end, without a word of the server's that it failed (gitprotocol-v2: fetch, packfile section). */
function isWholePack(answer: Buffer): boolean {
  if (!answer.subarray(0, 13).equals(Buffer.from('000dpackfile\n'))) return false
  for (let at = 13; at < answer.length; ) {
    const length = Number.parseInt(answer.subarray(at, at + 4).toString('latin1'), 16)
    if (length === 0) return at + 4 === answer.length
    if (!(length > 4) || answer[at + 4] === ERROR_BAND) return false
    at += length
  }
  return false
}

function protocolHeader(protocol: string | null): Record<string, string> {
  return protocol === null ? {} : { 'git-protocol': protocol }
}

/** No cookie, length or encoding of GitHub's: fetch has unpacked the body already. */
function passedOn(answer: Response): Response {
  const headers = new Headers()
  for (const name of ANSWER_HEADERS) {
    const value = answer.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  return new Response(answer.body, { status: 200, headers })
}

function readError(repository: Repository, answer: Response): AppError {
  const { status } = answer
  const name = fullName(repository)
  const message = `reading ${name} from GitHub: it answered ${status}`
  const fields = { repository: name, status }
  if (status === 429 || answer.headers.has('retry-after')) {
    const seconds = Number(answer.headers.get('retry-after')) || 60
    return new AppError('GITHUB_LIMIT', message, {
      fields: { ...fields, retryAfterSeconds: seconds }
    })
  }
  if (status >= 500) return new AppError('GITHUB_UNAVAILABLE', message, { fields })
  // The token was refused and is forgotten by now; the next try makes a new one.
  if (status === 401) return new AppError('GITHUB_UNAVAILABLE', message, { fields })
  if (status === 404) return new AppError('NOT_FOUND', message, { fields })
  const hint =
    status >= 300 && status < 400
      ? 'the repository was renamed or moved; the next event from it tells us its new name'
      : 'the App needs the permission contents: read on this repository'
  return new AppError('GITHUB_REFUSED', `${message}; ${hint}`, { fields: { ...fields, hint } })
}
