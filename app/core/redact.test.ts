import { expect, test } from '@jest/globals'
import { createRedact } from './redact.ts'

const redact = createRedact(['canary-secret-1', 'short'])

test.each([
  ['a known secret', 'x canary-secret-1 y', 'x [secret] y'],
  [
    'a known secret in base64',
    `x ${Buffer.from('canary-secret-1').toString('base64')}`,
    'x [secret]'
  ],
  [
    'an installation token of the new form',
    'ghs_123_eyJhbGciOi.aaa-bbb_ccc.ddd end',
    '[secret] end'
  ],
  ['an installation token of the old form', `t=ghs_${'a1'.repeat(18)};`, 't=[secret];'],
  [
    'a URL credential',
    'https://x-access-token:abcdefgh@github.test/a',
    'https://x-access-token:[secret]@github.test/a'
  ],
  ['an authorization header', 'Authorization: Basic eDphYmM=', 'Authorization: Basic [secret]'],
  ['a provider key', `sk-ant-${'a1B2'.repeat(8)}`, '[secret]'],
  ['a private key that is cut off', '-----BEGIN RSA PRIVATE KEY-----\nMIIE', '[secret]'],
  [
    'plain text',
    'nothing to hide, sk-1 ghs_ and bearer bonds',
    'nothing to hide, sk-1 ghs_ and bearer bonds'
  ]
])('%s is hidden and the rest is kept', (_what, text, clean) => {
  expect(redact(text)).toBe(clean)
})

test('a secret too short to be one is left, or every word would vanish', () => {
  expect(redact('short story')).toBe('short story')
})
