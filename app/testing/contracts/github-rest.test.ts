import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createEmulator } from 'emulate'
import { startSandbox } from '#app/sandbox/index.ts'
import { appJwt } from '#app/testing/app-jwt.ts'
import { DEVIATIONS } from '#app/testing/openapi-deviations.ts'
import { EMULATE_DIFFERENCES } from './emulate-differences.ts'
import { type Claim, openRestBench, type RestBench, type RestSubject } from './github-rest.ts'
import { APP_CLAIMS } from './github-rest-app.ts'
import { CHECK_CLAIMS } from './github-rest-checks.ts'
import { GIT_CLAIMS } from './github-rest-git.ts'
import { ISSUE_CLAIMS } from './github-rest-issues.ts'
import { PULL_CLAIMS } from './github-rest-pulls.ts'

const CLAIMS: readonly Claim[] = [
  ...APP_CLAIMS,
  ...ISSUE_CLAIMS,
  ...CHECK_CLAIMS,
  ...GIT_CLAIMS,
  ...PULL_CLAIMS
]

/** What differs, for whoever looks at the run. */
function tables(): string {
  const deviations = DEVIATIONS.map(one => `  ${one.operation}: ${one.reason}`)
  const rows = EMULATE_DIFFERENCES.map(
    ({ id, emulate, github }) => `  ${id.padEnd(18)} ${emulate} | GitHub: ${github}`
  )
  return [
    `The sandbox leaves GitHub's description in ${deviations.length} places:`,
    ...deviations,
    `emulate 0.12.2 differs from GitHub and from the sandbox in ${rows.length} ways:`,
    ...rows
  ].join('\n')
}

async function sandboxSubject(): Promise<RestSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewright-contract-'))
  const sandbox = await startSandbox({ folder })
  const owner = sandbox.person('ann')
  const stranger = sandbox.person('eve')
  const files = { 'README.md': '# widget\n' }
  const { fullName } = await sandbox.createRepository({ owner: 'ann', name: 'widget', files })
  const { app } = sandbox
  return {
    apiUrl: sandbox.apiUrl,
    repository: fullName,
    owner,
    stranger,
    appSlug: app.slug,
    jwt: () => appJwt(app),
    async close() {
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function emulateSubject(): Promise<RestSubject> {
  const permissions = Object.fromEntries(
    ['issues', 'pull_requests', 'contents', 'checks'].map(name => [name, 'write'])
  )
  const installations = [{ installation_id: 100, account: 'ann' }]
  const app = { app_id: 4711, slug: 'widgeteer', name: 'Widgeteer', permissions, installations }
  const github = {
    users: [{ login: 'ann' }, { login: 'eve' }],
    repos: [{ owner: 'ann', name: 'widget' }],
    apps: [app]
  }
  const tokens = { 'token-of-ann': { login: 'ann' }, 'token-of-eve': { login: 'eve' } }
  const emulator = await createEmulator({ service: 'github', port: 0, seed: { tokens, github } })
  const key = emulator.generatedSecrets.find(one => one.kind === 'github.app_private_key')
  return {
    apiUrl: emulator.url,
    repository: 'ann/widget',
    owner: { login: 'ann', token: 'token-of-ann' },
    stranger: { login: 'eve', token: 'token-of-eve' },
    appSlug: app.slug,
    jwt: () => appJwt({ id: app.app_id, privateKey: key?.value ?? '' }),
    close: () => emulator.close()
  }
}

describe.each([
  { name: 'sandbox', make: sandboxSubject, differences: [] },
  { name: 'emulate', make: emulateSubject, differences: EMULATE_DIFFERENCES }
])('$name', ({ make, differences }) => {
  let subject: RestSubject
  let bench: RestBench
  beforeAll(async () => {
    subject = await make()
    bench = await openRestBench(subject)
  })
  afterAll(async () => {
    await subject.close()
    if (differences.length > 0) process.stdout.write(`${tables()}\n`)
  })

  test.each(CLAIMS)('$id: $title', async ({ id, prove }) => {
    const known = differences.some(one => one.claims?.includes(id))
    if (!known) await prove(bench)
    else await expect(prove(bench)).rejects.toThrow()
  })

  test('answers have the shapes of the description, but for the listed differences', () => {
    const shapes = differences.flatMap(one => one.shapes ?? [])
    // A bad request that was let through is what a claim is about.
    const found = bench
      .violations()
      .filter(({ where }) => !where.startsWith('request'))
      .map(({ operation, where, message }) => `${operation}: ${where}: ${message}`)
    expect(found.filter(line => !shapes.some(shape => shape.test(line)))).toEqual([])
    expect(shapes.filter(shape => !found.some(line => shape.test(line)))).toEqual([])
  })
})
