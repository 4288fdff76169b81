import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { TOKEN_PERMISSIONS } from '#app/adapters/github/tokens.ts'
import { readAppManifest } from '#app/config/app-manifest.ts'
import { registrationManifest } from '#app/core/app-manifest.ts'
import { EVENT_NEEDS, type Need, OTHER_NEEDS, REST_NEEDS } from '#app/testing/github-permissions.ts'
import { SUBSCRIBED_EVENTS } from './payloads.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const manifest = readAppManifest()
const asked = new Map(manifest.permissions.map(({ name, access }) => [name, access]))
const needs: readonly Need[] = [
  ...Object.values(REST_NEEDS),
  ...OTHER_NEEDS.map(([, , need]) => need)
]

/** Every call that a source of the adapter writes down, names of parameters left out. */
function written(): ReadonlySet<string> {
  const folder = join(ROOT, 'app/adapters/github')
  const files = readdirSync(folder).filter(name => name.endsWith('.ts') && !/\.test\./.test(name))
  const all = files.map(name => readFileSync(join(folder, name), 'utf8')).join('\n')
  const text = all.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const calls = text.matchAll(/(['"`])((?:GET|POST|PUT|PATCH|DELETE) \/[^'"`\s]*)\1/g)
  return new Set([...calls].map(([, , call = '']) => anonymous(call)))
}

function anonymous(call: string): string {
  return call.replaceAll(/\$?\{[^}]*\}/g, '{}')
}

const covers = (has: string | undefined, access: Need['access']): boolean =>
  has === 'write' || has === access

test('each call of the code to GitHub stands in the table of what it needs, and no other', () => {
  expect([...written()].sort()).toEqual(Object.keys(REST_NEEDS).map(anonymous).sort())
})

test.each(OTHER_NEEDS)('%s still has its own way to GitHub: %s', (file, word) => {
  expect(readFileSync(join(ROOT, 'app/adapters/github', file), 'utf8')).toContain(word)
})

test.each(needs.filter(need => need.permission !== null))(
  'what the code needs is asked for: %j',
  ({ by, permission, access }) => {
    expect(covers(asked.get(permission ?? ''), access)).toBe(true)
    if (by === 'app' || by === 'doctor') return
    const token: Readonly<Record<string, string>> = TOKEN_PERMISSIONS[by]
    expect(covers(token[permission ?? ''], access)).toBe(true)
  }
)

test.each(manifest.permissions)('what is asked for is used: $name, $access', one => {
  expect(needs).toContainEqual(
    expect.objectContaining({ permission: one.name, access: one.access })
  )
})

test.each(
  Object.entries(TOKEN_PERMISSIONS).flatMap(([by, permissions]) =>
    Object.entries(permissions).map(([permission, access]) => ({ by, permission, access }))
  )
)('a token has no permission without a use: $by, $permission: $access', one => {
  expect(covers(asked.get(one.permission), one.access)).toBe(true)
  // GitHub gives metadata with every other permission.
  if (one.permission !== 'metadata') expect(needs).toContainEqual(one)
})

test('the App subscribes to exactly the events that the code has rules for, and may hear of each', () => {
  expect(manifest.events.map(({ name }) => name).sort()).toEqual([...SUBSCRIBED_EVENTS].sort())
  expect(Object.keys(EVENT_NEEDS).sort()).toEqual([...SUBSCRIBED_EVENTS].sort())
  for (const permission of Object.values(EVENT_NEEDS)) expect(asked.has(permission)).toBe(true)
})

test('what the set-up page sends to GitHub asks for the same', () => {
  const sent = registrationManifest(manifest, {
    ...{ name: 'x', hookUrl: 'https://a.b/hook', redirectUrl: 'https://a.b/r' },
    setupUrl: 'https://a.b/s'
  })
  expect(sent).toMatchObject({
    default_permissions: Object.fromEntries(asked),
    default_events: manifest.events.map(({ name }) => name)
  })
})

test('each permission and event has its reason, in app.yml and word for word in the guide', () => {
  const guide = readFileSync(join(ROOT, 'docs/guide/permissions.md'), 'utf8')
  for (const { name, access, reason } of manifest.permissions) {
    expect(reason).toMatch(/^\S.{10,}/)
    expect(guide).toContain(`| \`${name}\` | ${access} | ${cell(reason)} |`)
  }
  for (const { name, reason } of manifest.events) {
    expect(reason).toMatch(/^\S.{10,}/)
    expect(guide).toContain(`| \`${name}\` | ${cell(reason)} |`)
  }
  const rows = guide.split('\n').filter(line => line.startsWith('| `'))
  expect(rows).toHaveLength(manifest.permissions.length + manifest.events.length)
})

function cell(text: string): string {
  return text.replaceAll('<', '&lt;')
}
