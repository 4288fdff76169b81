/** Checks that span keys: secrets, the private key, the range of user ids. Each notes what is wrong and gives null. */
import { readFileSync } from 'node:fs'
import type { Environment } from './environment.ts'
import type { Problem } from './problem.ts'

/** Secrets that stand in tutorials and defaults; a server that trusts one trusts everybody. */
const WELL_KNOWN_SECRETS = [
  'development',
  'secret',
  'changeme',
  'password',
  'webhook',
  'test',
  'stagewright'
]

export function webhookSecrets(env: Environment, problems: Problem[]): string[] {
  const named = (['STAGEWRIGHT_WEBHOOK_SECRET', 'STAGEWRIGHT_WEBHOOK_SECRET_PREVIOUS'] as const)
    .map(where => ({ where, text: env[where] ?? '' }))
    .filter(({ text }) => text !== '')
  const fix = "make one with `openssl rand -hex 32`, and put it into the App's settings too"
  if (env.STAGEWRIGHT_WEBHOOK_SECRET === undefined) {
    problems.push({ where: 'STAGEWRIGHT_WEBHOOK_SECRET', what: `is not set; ${fix}` })
  }
  for (const { where, text } of env.STAGEWRIGHT_SANDBOX ? [] : named) {
    if (WELL_KNOWN_SECRETS.includes(text.toLowerCase())) {
      problems.push({ where, what: `is a well-known word; ${fix}` })
    } else if (text.length < 16) {
      problems.push({ where, what: `is shorter than 16 characters; ${fix}` })
    }
  }
  return named.map(({ text }) => text)
}

export function readPrivateKey(env: Environment, problems: Problem[]): string | null {
  const where =
    env.STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH === undefined
      ? 'STAGEWRIGHT_GITHUB_PRIVATE_KEY'
      : 'STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH'
  let key = env.STAGEWRIGHT_GITHUB_PRIVATE_KEY?.replaceAll('\\n', '\n')
  if (env.STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH !== undefined) {
    try {
      key = readFileSync(env.STAGEWRIGHT_GITHUB_PRIVATE_KEY_PATH, 'utf8')
    } catch (cause) {
      problems.push({
        where,
        what: `reading the key: ${cause instanceof Error ? cause.message : cause}`
      })
      return null
    }
  }
  if (key === undefined) {
    problems.push({
      where,
      what: "is not set; generate a key on the App's settings page, and give it or its file here"
    })
    return null
  }
  if (!/-----BEGIN (RSA )?PRIVATE KEY-----/.test(key)) {
    problems.push({
      where,
      what: 'is no PEM private key; it starts with -----BEGIN RSA PRIVATE KEY-----'
    })
    return null
  }
  return key
}

export function runUids(
  env: Environment,
  problems: Problem[]
): { readonly first: number; readonly count: number } | null {
  const [first = 0, last = 0] = env.STAGEWRIGHT_RUN_UIDS.split('-').map(Number)
  if (first > 999 && last >= first && (first > 65534 || last < 65534))
    return { first, count: last - first + 1 }
  problems.push({
    where: 'STAGEWRIGHT_RUN_UIDS',
    what: 'must be a range above 999 that leaves out 65534, for example 64000-64099'
  })
  return null
}
