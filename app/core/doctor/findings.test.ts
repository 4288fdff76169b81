import { describe, expect, test } from '@jest/globals'
import { type DatabaseFacts, databaseFindings } from './database.ts'
import type { Finding } from './finding.ts'
import {
  type AppFacts,
  appFindings,
  type InstallationFacts,
  installationFindings,
  labelsFinding,
  repositoriesFinding,
  settingsPage
} from './github-app.ts'
import { type HookFacts, type LoggedAttempt, webhookFindings } from './webhook.ts'

const WEB = 'https://github.com'

/** Every line that is not right: check, status and page; each of them must say what to do. */
function wrong(findings: readonly Finding[]): readonly string[] {
  const bad = findings.filter(finding => finding.status !== 'ok')
  for (const finding of bad) {
    expect(finding.fix).toMatch(/\w+ \w+/)
    expect(finding.what).not.toMatch(/undefined|null|NaN|\[object/)
  }
  return bad.map(finding => `${finding.status} ${finding.check}`)
}

describe('the database', () => {
  const good: DatabaseFacts = {
    version: 180_004,
    kind: 'server',
    encoding: 'UTF8',
    schema: { pending: [], unknown: [] },
    role: 'stagewright_app',
    superuser: false,
    ownsTables: false,
    auditRights: [],
    lacking: [],
    settings: {
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      max_connections: '100',
      default_transaction_read_only: 'off'
    },
    notices: true
  }

  test('a good one has no line that is wrong', () => {
    expect(wrong(databaseFindings(good))).toEqual([])
  })

  test.each<readonly [string, Partial<DatabaseFacts>, string]>([
    ['too old', { version: 140_012 }, 'fail database.version'],
    ['behind', { schema: { pending: ['0006_x.ts'], unknown: [] } }, 'fail database.schema'],
    ['ahead', { schema: { pending: [], unknown: ['0099_y.ts'] } }, 'fail database.schema'],
    ['of another encoding', { encoding: 'SQL_ASCII' }, 'fail database.encoding'],
    ['without a right', { lacking: ['insert on runs'] }, 'fail database.rights'],
    ['used by a superuser', { superuser: true }, 'warn database.roles'],
    ['used by its owner', { ownsTables: true }, 'warn database.roles'],
    ['whose audit can be changed', { auditRights: ['update'] }, 'warn database.roles'],
    ['without notices', { notices: false }, 'warn database.notify']
  ])('one %s is named', (_what, change, line) => {
    expect(wrong(databaseFindings({ ...good, ...change }))).toEqual([line])
  })

  test.each([
    ['fsync', 'off'],
    ['synchronous_commit', 'off'],
    ['full_page_writes', 'off'],
    ['max_connections', '20'],
    ['default_transaction_read_only', 'on']
  ])('the setting %s = %s is named', (name, value) => {
    const settings = { ...good.settings, [name]: value }
    expect(wrong(databaseFindings({ ...good, settings }))).toEqual([`fail database.${name}`])
  })

  test('of many rights that are lacking the first are named and the others counted', () => {
    const lacking = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => `insert on ${name}`)
    const said = databaseFindings({ ...good, lacking }).find(({ status }) => status === 'fail')
    expect(said?.what).toMatch(/lacks: insert on a, .*, insert on e and 2 more$/)
  })

  test('on the embedded server one role is as it should be', () => {
    expect(wrong(databaseFindings({ ...good, kind: 'embedded', superuser: true }))).toEqual([])
  })
})

describe('the App', () => {
  const needs = {
    permissions: { issues: 'write', contents: 'read' },
    events: ['issues', 'check_run']
  }
  const app: AppFacts = {
    slug: 'my-stage',
    owner: { login: 'octo', isOrganization: false },
    permissions: { issues: 'write', contents: 'write' },
    events: ['issues', 'check_run', 'push']
  }

  test('more than is needed is fine', () => {
    expect(wrong(appFindings(app, needs, WEB))).toEqual([])
  })

  test.each<readonly [string, Partial<AppFacts>, string]>([
    ['permission', { permissions: { issues: 'write' } }, 'fail permission.contents'],
    [
      'level of a permission',
      { permissions: { ...app.permissions, issues: 'read' } },
      'fail permission.issues'
    ],
    ['event', { events: ['check_run'] }, 'fail event.issues']
  ])('a missing %s is named, with the page where it is given', (_what, change, line) => {
    const findings = appFindings({ ...app, ...change }, needs, WEB)
    expect(wrong(findings)).toEqual([line])
    expect(findings.find(one => one.status === 'fail')?.url).toBe(
      'https://github.com/settings/apps/my-stage/permissions'
    )
  })

  test('an event that cannot be had without a missing permission is not said as well', () => {
    const without = { ...app, permissions: { contents: 'write' }, events: ['check_run'] }
    const findings = appFindings(without, needs, WEB)
    expect(wrong(findings.filter(one => one.status !== 'skipped'))).toEqual([
      'fail permission.issues'
    ])
    expect(findings.find(one => one.check === 'event.issues')?.what).toContain('permission issues')
  })

  test('an organisation’s App has its page with the organisation', () => {
    const owned = { ...app, owner: { login: 'acme', isOrganization: true } }
    expect(settingsPage(WEB, owned, '/advanced')).toBe(
      'https://github.com/organizations/acme/settings/apps/my-stage/advanced'
    )
  })

  const installed: InstallationFacts = {
    id: 7,
    account: 'octo',
    url: 'https://github.com/settings/installations/7',
    suspended: false,
    permissions: { issues: 'write', contents: 'write' }
  }

  test.each<readonly [string, readonly InstallationFacts[], readonly string[]]>([
    ['a good one is fine', [installed], []],
    ['none is named', [], ['fail installations']],
    ['a suspended one is named', [{ ...installed, suspended: true }], ['fail installation.octo']],
    [
      'one that has not accepted a permission is named',
      [installed, { ...installed, account: 'acme', permissions: { contents: 'write' } }],
      ['fail installation.acme']
    ]
  ])('of the installations %s', (_what, installations, lines) => {
    expect(wrong(installationFindings(installations, { app, needs, webUrl: WEB }))).toEqual(lines)
  })

  test('what the App itself lacks is not said again for each installation', () => {
    const without = { ...app, permissions: { contents: 'write' } }
    const one = { ...installed, permissions: { contents: 'write' } }
    expect(wrong(installationFindings([one], { app: without, needs, webUrl: WEB }))).toEqual([])
  })

  test('no repository and a missing label are named', () => {
    expect(wrong([repositoriesFinding(installed, [])])).toEqual(['fail repositories.octo'])
    expect(repositoriesFinding(installed, ['a', 'b', 'c', 'd', 'e', 'f']).what).toContain('1 more')
    const repository = { fullName: 'octo/shop', url: `${WEB}/octo/shop` }
    expect(wrong([labelsFinding(repository, ['Run:Dev'], ['run:dev'])])).toEqual([])
    const finding = labelsFinding(repository, [], ['run:dev'])
    expect(wrong([finding])).toEqual(['warn labels.octo/shop'])
    expect(finding.url).toBe('https://github.com/octo/shop/labels')
  })

  const hook: HookFacts = {
    url: 'https://stage.example.com/api/github/webhooks',
    contentType: 'json',
    insecureSsl: '0',
    hasSecret: true
  }
  const taken: LoggedAttempt = {
    event: 'issues',
    deliveredAt: '2026-03-02T14:00:00Z',
    statusCode: 202,
    status: 'Accepted'
  }
  const input: Parameters<typeof webhookFindings>[0] = {
    hook,
    attempts: [taken],
    app,
    webUrl: WEB,
    path: '/api/github/webhooks',
    publicUrl: 'https://stage.example.com',
    proxyUrl: null
  }

  test('a webhook whose deliveries are taken is fine', () => {
    expect(wrong(webhookFindings(input))).toEqual([])
    expect(wrong(webhookFindings({ ...input, publicUrl: null }))).toEqual([])
    const failed = { ...taken, statusCode: 500 }
    expect(wrong(webhookFindings({ ...input, attempts: [taken, failed] }))).toEqual([])
  })

  test.each<readonly [string, Partial<typeof input>, string]>([
    ['no address', { hook: { ...hook, url: null } }, 'fail webhook.url'],
    [
      'another address',
      { hook: { ...hook, url: 'https://old.example.com/api/github/webhooks' } },
      'fail webhook.url'
    ],
    [
      'another path',
      { hook: { ...hook, url: 'https://x.example.com/' }, publicUrl: null },
      'fail webhook.url'
    ],
    [
      'a form as its content',
      { hook: { ...hook, contentType: 'form' } },
      'fail webhook.contentType'
    ],
    [
      'a certificate nobody checks',
      { hook: { ...hook, insecureSsl: '1' } },
      'warn webhook.certificate'
    ],
    ['no secret', { hook: { ...hook, hasSecret: false } }, 'fail webhook.secret'],
    [
      'a wrong secret',
      { attempts: [{ ...taken, statusCode: 401 }, taken] },
      'fail webhook.deliveries'
    ],
    [
      'nobody at its address',
      { attempts: [{ ...taken, statusCode: 0, status: 'timed out' }] },
      'fail webhook.deliveries'
    ],
    [
      'a server that breaks',
      { attempts: [{ ...taken, statusCode: 503 }] },
      'fail webhook.deliveries'
    ],
    ['nothing sent yet', { attempts: [] }, 'warn webhook.deliveries']
  ])('a webhook with %s is named', (_what, change, line) => {
    expect(wrong(webhookFindings({ ...input, ...change }))).toEqual([line])
  })
})
