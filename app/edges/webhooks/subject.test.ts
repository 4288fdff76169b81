import { expect, test } from '@jest/globals'
import examples from '@octokit/webhooks-examples' with { type: 'json' }
import fc from 'fast-check'
import { subjectOf } from './subject.ts'

/** The same by the book. */
function byParsing(text: string): string | null {
  const payload = JSON.parse(text)
  const repository = payload?.repository?.id
  const thread = [payload?.issue?.number, payload?.pull_request?.number].find(Number.isSafeInteger)
  return Number.isSafeInteger(repository) && thread !== undefined ? `${repository}#${thread}` : null
}

test('every example payload of GitHub is ordered as parsing it would, however it is laid out', () => {
  const events = examples as unknown as readonly { readonly examples: readonly unknown[] }[]
  const payloads = events.flatMap(event => event.examples)
  let ordered = 0
  for (const payload of payloads) {
    for (const indent of [0, 2, '\t']) {
      const text = JSON.stringify(payload, null, indent)
      expect(subjectOf(Buffer.from(text))).toBe(byParsing(text))
      if (byParsing(text) !== null) ordered += 1
    }
  }
  expect(ordered).toBeGreaterThan(200)
})

const KEYS = ['repository', 'issue', 'pull_request', 'id', 'number', 'a "quoted\\', 'ключ']
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer(),
    fc.oneof(fc.double(), fc.boolean(), fc.constant(null)),
    fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'x', 'ж') }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 })
  )
}))
const thread = fc.dictionary(fc.constantFrom(...KEYS), fc.oneof(fc.nat(), value), { maxKeys: 5 })

test('any JSON gives what parsing it gives', () => {
  const payload = fc.oneof(
    value,
    fc.dictionary(fc.constantFrom(...KEYS), fc.oneof(thread, value), { maxKeys: 6 })
  )
  fc.assert(
    fc.property(payload, fc.constantFrom(0, 1, '\t', '\r\n'), (json, indent) => {
      const text = JSON.stringify(json, null, indent)
      expect(subjectOf(Buffer.from(text))).toBe(byParsing(text))
    }),
    { numRuns: 3000 }
  )
})

test.each([
  ['a key written with escapes', '{"\\u0069ssue":{"number":7},"repository":{"id":4}}', '4#7'],
  [
    'a number that only looks like another',
    '{"issue":{"number":7e0},"repository":{"id":4}}',
    '4#7'
  ],
  ['a number as text', '{"issue":{"number":"7"},"repository":{"id":4}}', null],
  ['a number too large', '{"issue":{"number":7},"repository":{"id":9007199254740993}}', null],
  [
    'names inside of texts',
    '{"note":"\\"issue\\":{\\"number\\":1}","issue":{"title":"\\"number\\":2,","number":7},"repository":{"id":4}}',
    '4#7'
  ],
  [
    'the same names deeper down',
    '{"x":{"issue":{"number":1},"repository":{"id":2}},"issue":{"milestone":{"number":3},"number":7},"repository":{"owner":{"id":5},"id":4}}',
    '4#7'
  ],
  ['an array', '[{"issue":{"number":7}}]', null],
  ['a text that breaks off', '{"repository":{"id":4},"issue":{"title":"', null],
  ['no JSON', 'payload=%7B%7D', null],
  ['nothing', '', null]
] as const)('%s', (_what, text, subject) => {
  expect(subjectOf(Buffer.from(text))).toBe(subject)
})

test('bytes that are no UTF-8 and a body of more than a megabyte do not throw', () => {
  expect(subjectOf(Buffer.from([0x7b, 0xff, 0xfe, 0x22, 0x00]))).toBeNull()
  const large = { repository: { id: 4 }, issue: { number: 7 }, filler: 'x'.repeat(1024 * 1024) }
  expect(subjectOf(Buffer.from(JSON.stringify(large)))).toBeNull()
})
