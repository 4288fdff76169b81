import { AppError } from '#app/core/errors.ts'
import { fullName, type Repository } from '#app/core/project.ts'
import type { GitStore } from '#app/ports/gate.ts'
import { headOf, seenRef } from './refs.ts'
import { type Remote, remoteError } from './remote.ts'
import { type GitAnswer, type GitSpace, lastLines, runGit } from './run-git.ts'

export type PushInput = Parameters<GitStore['push']>[1]

interface Push {
  readonly space: GitSpace
  readonly folder: string
  readonly repository: Repository
  readonly input: PushInput
  readonly credential: { readonly url: string; readonly authorization: string }
}

/** Pushes with a token minted for this push and ended after it. */
export async function pushHead(
  space: GitSpace,
  folder: string,
  work: { readonly repository: Repository; readonly remote: Remote; readonly input: PushInput }
): Promise<void> {
  const { repository, input } = work
  await checkTakenIn(space, folder, input)
  const { url, authorization, release } = await work.remote.open('pusher')
  try {
    const credential = { url, authorization }
    await attempt({ space, folder, repository, input, credential }, input.replace)
  } finally {
    await release()
  }
}

async function checkTakenIn(space: GitSpace, folder: string, input: PushInput): Promise<void> {
  const args = ['rev-parse', '--verify', '--quiet', headOf(input.run)]
  const { stdout } = await runGit(space, folder, args, { codes: [0, 1] })
  const sha = stdout.toString('latin1').trim()
  if (sha === input.headSha) return
  const message = `pushing run ${input.run}: ${input.headSha} was not taken in on this machine; take its bundle in again`
  throw new AppError('GIT', message, { fields: { found: sha === '' ? null : sha } })
}

/**
 * `replace`: the commit that the branch may be moved away from; without it the push goes forward
 * only. An answer that was lost before finds its commit there and is a success.
 */
async function attempt(push: Push, replace: string | null): Promise<void> {
  const { input, repository } = push
  const answer = await send(push, replace)
  if (answer.code === 0) return
  const doing = `pushing ${input.branch} of ${fullName(repository)}`
  const line = /^!\t\S*\t(.*)$/m.exec(answer.stdout.toString('utf8'))?.[1] ?? ''
  if (line.startsWith('[rejected]')) return settleRejected(push, { replace, line, doing })
  if (
    line.startsWith('[remote rejected]') &&
    !/cannot lock ref|failed to (update|lock)/.test(line)
  ) {
    const said = lastLines(answer.stderr.replace(/^(To|error:) .*$/gm, '')).replaceAll(
      'remote: ',
      ''
    )
    throw new AppError('GITHUB_REFUSED', `${doing}: GitHub refused, ${line}; ${said}`, {
      fields: { said: `${line}; ${said}` }
    })
  }
  throw remoteError(doing, answer.stderr)
}

function send(push: Push, replace: string | null): Promise<GitAnswer> {
  const { space, folder, input, credential } = push
  const target = `refs/heads/${input.branch}`
  const lease = replace === null ? [] : [`--force-with-lease=${target}:${replace}`]
  const args = ['push', '--porcelain', '--no-verify', '--no-signed', ...lease, credential.url]
  return runGit(space, folder, [...args, `${input.headSha}:${target}`], {
    credential,
    codes: [0, 1, 128]
  })
}

/** The branch is not where we expected it. */
async function settleRejected(
  push: Push,
  refused: { readonly replace: string | null; readonly line: string; readonly doing: string }
): Promise<void> {
  const { input } = push
  const now = await readRemote(push)
  // Deleted since: nothing is left that a lease would protect.
  if (now === null && refused.replace !== null) return attempt(push, null)
  if (now !== null && (await holds(push, now))) return
  throw new AppError(
    'BRANCH_TAKEN',
    `${refused.doing}: it was changed by someone else meanwhile (now at ${now ?? 'nothing'}); nothing was overwritten`,
    { fields: { branch: input.branch, found: now, expected: refused.replace } }
  )
}

async function readRemote(push: Push): Promise<string | null> {
  const { space, folder, input, credential } = push
  const args = ['ls-remote', '--quiet', credential.url, `refs/heads/${input.branch}`]
  const answer = await runGit(space, folder, args, { credential, codes: [0, 128] })
  if (answer.code !== 0) throw remoteError(`looking at ${input.branch} on GitHub`, answer.stderr)
  const line = answer.stdout.toString('latin1').split('\n')[0] ?? ''
  return /^[0-9a-f]{40}/.exec(line)?.[0] ?? null
}

/** True when the branch has our head: pushed before, and perhaps built upon by a person since. */
async function holds(push: Push, tip: string): Promise<boolean> {
  const { space, folder, input, credential } = push
  if (tip === input.headSha) return true
  const refspec = `+refs/heads/${input.branch}:${seenRef(input.branch)}`
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc']
  await runGit(space, folder, [...args, credential.url, refspec], { credential })
  const question = ['merge-base', '--is-ancestor', input.headSha, seenRef(input.branch)]
  const answer = await runGit(space, folder, question, { codes: [0, 1] })
  return answer.code === 0
}
