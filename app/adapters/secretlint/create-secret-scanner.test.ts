import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { createSecretScanner } from './create-secret-scanner.ts'

const scanner = createSecretScanner()

/** Random every time, and put together here, so that this file itself holds no secret. */
function letters(count: number): string {
  return randomBytes(count * 2)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, count)
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const upper = letters(80)
  .toUpperCase()
  .replace(/[^A-Z2-7]/g, 'Q')
  .slice(0, 16)
const jwt = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: 'github', exp: 1_800_000_000, sub: letters(60) })}.${letters(342)}`
const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

const planted = [
  ['an AWS access key id', `AKIA${upper}`, /^aws: /],
  ['an AWS secret key', `AWS_SECRET_ACCESS_KEY="${letters(40)}"`, /^aws: /],
  ['a personal token of GitHub', `ghp_${letters(36)}`, /^github: /],
  ['an installation token of the old form', `ghs_${letters(36)}`, /^github: /],
  ['an installation token of the new form', `ghs_1234567_${jwt}`, /^github: /],
  ['a private key', key, /^privatekey: /],
  ['an npm token', `npm_${letters(36)}`, /^npm: /]
] as const

test.each(planted)('%s is found, and not told', async (_what, secret, rule) => {
  const text = `first line\nconst value = '${secret}'\n`
  const found = await scanner.scan([{ path: 'src/config.ts', text }])
  expect(found).toContainEqual({
    path: 'src/config.ts',
    line: 2,
    rule: expect.stringMatching(rule)
  })
  const body =
    secret.split('\n').find(line => line.length > 30 && !line.startsWith('---')) ?? secret
  expect(JSON.stringify(found)).not.toContain(body.slice(10, 30))
})

test("the agent's own comment does not switch the scan off", async () => {
  const text = `// secretlint-disable\nconst token = 'ghp_${letters(36)}' // secretlint-disable-line\n`
  expect(await scanner.scan([{ path: 'a.js', text }])).toHaveLength(1)
})

test('every file is looked at, and findings name theirs', async () => {
  const found = await scanner.scan([
    { path: 'clean.md', text: '# Nothing here\n' },
    { path: 'one.txt', text: `ghp_${letters(36)}\n` },
    { path: 'two.txt', text: `\n\nghp_${letters(36)}\n` }
  ])
  expect(found.map(({ path, line }) => [path, line])).toEqual([
    ['one.txt', 1],
    ['two.txt', 3]
  ])
})

test.each([
  ['code', "export const answer = 42\nconst url = process.env['DATABASE_URL']\n"],
  ['hashes', `${'a1b2c3d4'.repeat(5)}\nsha512-${Buffer.alloc(64, 7).toString('base64')}\n`],
  ['placeholders', 'GITHUB_TOKEN=\nAWS_SECRET_ACCESS_KEY=<your key>\nnpm_config_cache=/tmp\n'],
  ['nothing', '']
])('%s is clean', async (_what, text) => {
  expect(await scanner.scan([{ path: 'file', text }])).toEqual([])
})

test('a text that is too long to scan is a finding, not a pass', async () => {
  const found = await scanner.scan([{ path: 'huge.txt', text: 'x'.repeat(5_000_001) }])
  expect(found).toEqual([{ path: 'huge.txt', line: 1, rule: 'unscannable' }])
})
