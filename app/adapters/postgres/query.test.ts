import { expect, test } from '@jest/globals'
import { json, jsonOrNull } from './query.ts'

test.each([
  ['plain text stays', { a: 'b' }, '{"a":"b"}'],
  ['NUL is dropped from values', { a: 'x\0y' }, '{"a":"xy"}'],
  ['NUL is dropped from keys', { 'k\0': 1 }, '{"k":1}'],
  ['the six characters \\u0000 typed by a person stay', { a: '\\u0000' }, '{"a":"\\\\u0000"}'],
  ['NUL behind a backslash is dropped alone', { a: '\\\0' }, '{"a":"\\\\"}'],
  ['an emoji stays', { a: '👀' }, '{"a":"👀"}'],
  ['half an emoji becomes the replacement character', { a: '👀'.slice(0, 1) }, '{"a":"\\ufffd"}'],
  ['other escapes stay', { a: '\n"\u0001' }, '{"a":"\\n\\"\\u0001"}']
] as const)('%s', (_sentence, value, text) => {
  expect(json(value)).toBe(text)
})

test('an absent value is SQL null, not JSON null', () => {
  expect(jsonOrNull(null)).toBeNull()
  expect(jsonOrNull([])).toBe('[]')
})
