import { beforeAll, expect, test } from '@jest/globals'
import type { Finding } from '#app/core/doctor/finding.ts'
import { AppError } from '#app/core/errors.ts'
import { defaultLabelNames } from '#app/core/labels.ts'
import { createRedact } from '#app/core/redact.ts'
import type { SeenRepository } from '#app/ports/diagnosis.ts'
import { STAGES } from '#app/stages/index.ts'
import { type Doctor, diagnose } from './diagnose.ts'

const WEB = 'https://github.com'
const LABELS = defaultLabelNames()
const LEVEL = { stages: {}, roles: {} }

/** Three repositories of one account, on a machine and with an App where all is well. */
const SOUND: Doctor = {
  database: { inspect: async () => null },
  machine: {
    disk: async folder => ({ folder, freeBytes: 1e12, writable: true }),
    isolation: async () => ({
      uid: 0,
      runUids: { first: 64_000, count: 100 },
      unisolated: 'refused'
    }),
    git: async () => ({ file: '/usr/bin/git', version: 'git version 2.39.5' }),
    agentVersion: async () => null
  },
  account: {
    about: async () => ({
      app: {
        slug: 'my-stage',
        owner: { login: 'octo', isOrganization: false },
        permissions: { issues: 'write', contents: 'write' },
        events: ['issues']
      },
      secondsAhead: 0
    }),
    installations: async () => [
      {
        id: 7,
        account: 'octo',
        url: `${WEB}/settings/installations/7`,
        suspended: false,
        permissions: { issues: 'write', contents: 'write' }
      }
    ],
    repositories: async () => ['shop', 'till', 'yard'].map(repository),
    labels: async () => [...Object.values(LABELS.run), ...Object.values(LABELS.revise)],
    workflows: async (_installation, repositories) => repositories.map(() => [])
  },
  hook: {
    hook: async () => ({
      url: 'https://stage.example.com/hooks',
      contentType: 'json',
      insecureSsl: '0',
      hasSecret: true
    }),
    attempts: async () => [
      { event: 'issues', deliveredAt: '2026-03-02T14:00:00Z', statusCode: 202, status: 'Accepted' }
    ]
  },
  models: { models: async () => ['one'] },
  stages: STAGES,
  settings: {
    agents: {
      platform: { ...LEVEL, name: 'command' },
      projects: {},
      known: { command: { command: ['/opt/agent'], models: [], fallback: null } }
    },
    labels: LABELS,
    publicUrl: 'https://stage.example.com'
  },
  needs: { permissions: { issues: 'write', contents: 'read' }, events: ['issues'] },
  folders: ['/var/lib/stagewright'],
  webUrl: WEB,
  webhookPath: '/hooks',
  proxyUrl: null,
  providers: ['openai'],
  redact: createRedact(['a-secret-of-ours'])
}

function repository(name: string, index: number): SeenRepository {
  const url = `${WEB}/octo/${name}`
  return { providerId: index, owner: 'octo', name, defaultBranch: 'main', url }
}

async function findings(changes: Partial<Doctor> = {}): Promise<readonly Finding[]> {
  const all: Finding[] = []
  for await (const finding of diagnose({ ...SOUND, ...changes })) all.push(finding)
  return all
}

function wrong(all: readonly Finding[]): readonly string[] {
  return all.flatMap(({ status, check }) => (status === 'ok' ? [] : [`${status} ${check}`]))
}

let checks: readonly string[]
beforeAll(async () => {
  checks = (await findings()).map(({ check }) => check)
})

test('where all is well every line says so', async () => {
  expect(wrong(await findings())).toEqual([])
  expect(checks).toEqual(expect.arrayContaining(['database', 'disk', 'isolation', 'git', 'clock']))
  expect(checks).toEqual(expect.arrayContaining(['workflows.octo/shop', 'workflows.octo/yard']))
})

const { machine, account } = SOUND

test.each<readonly [string, Partial<Doctor['machine']>, string]>([
  [
    'runs that cannot be isolated',
    {
      isolation: async () => ({
        uid: 1000,
        runUids: { first: 64_000, count: 100 },
        unisolated: 'refused'
      })
    },
    'fail isolation'
  ],
  ['no git', { git: async () => null }, 'fail git']
])('a machine with %s is named, and all else is looked at', async (_what, change, line) => {
  const all = await findings({ machine: { ...machine, ...change } })
  expect(wrong(all)).toEqual([line])
  expect(all.map(({ check }) => check)).toEqual(checks)
})

test('a repository whose workflows cannot be read is named, and the others are looked at', async () => {
  const hint = 'run this again'
  const gone = new AppError('NOT_FOUND', 'reading the workflow files of octo/till: not there', {
    fields: { hint }
  })
  const open = {
    path: '.github/workflows/ci.yml',
    onPush: true,
    onPullRequest: false,
    secrets: ['KEY'],
    unreadable: null
  }
  const workflows = async () => [[open], gone, []]
  const all = await findings({ account: { ...account, workflows } })
  expect(wrong(all)).toEqual(['warn workflows.octo/shop', 'fail workflows.octo/till'])
  expect(all.find(({ status }) => status === 'fail')).toMatchObject({
    what: gone.message,
    fix: hint
  })
  expect(all.map(({ check }) => check)).toEqual(checks)
})

/** An error that no adapter made. */
function breaks(): Promise<never> {
  return Promise.reject(new TypeError('no a-secret-of-ours of undefined'))
}

test.each<readonly [string, Partial<Doctor>]>([
  ['database', { database: { inspect: breaks } }],
  ['disk', { machine: { ...machine, disk: breaks } }],
  ['isolation', { machine: { ...machine, isolation: breaks } }],
  ['git', { machine: { ...machine, git: breaks } }],
  ['agent.command', { machine: { ...machine, agentVersion: breaks } }],
  ['model.openai', { models: { models: breaks } }],
  ['webhook', { hook: { ...SOUND.hook, attempts: breaks } }],
  ['installations', { account: { ...account, installations: breaks } }],
  ['repositories.octo', { account: { ...account, repositories: breaks } }],
  ['workflows', { account: { ...account, workflows: breaks } }]
])(
  'a look at %s that breaks is a line with its message, and the others follow',
  async (check, change) => {
    const all = await findings(change)
    expect(wrong(all)).toEqual([`fail ${check}`])
    const line = all.find(({ status }) => status === 'fail')
    expect(line?.what).toBe('TypeError: no [secret] of undefined')
    expect(line?.fix).toMatch(/^unexpected: /)
  }
)

test('an App that cannot be looked at leaves what needs it out, and says why', async () => {
  expect(wrong(await findings({ account: { ...account, about: breaks } }))).toEqual([
    'fail app',
    'skipped permission',
    'skipped event',
    'skipped webhook',
    'skipped installations'
  ])
})
