import { expect, test } from '@jest/globals'
import { hideLoopback } from './loopback.ts'

const PATH = '0123456789abcdef0123456789abcdef'

test.each([
  ['nothing', 'http://127.0.0.1:3000/model', 'http://127.0.0.1:3000/model'],
  [
    'an address',
    `asking http://127.0.0.1:4711/${PATH}/model/openai/v1: 502`,
    'asking [loopback]/model/openai/v1: 502'
  ],
  ['another name of it', `http://localhost:4711/${PATH}/git`, '[loopback]/git'],
  ['IPv6', `http://[::1]:4711/${PATH}/git`, '[loopback]/git'],
  ['JSON', `{"url":"http:\\/\\/127.0.0.1:4711\\/${PATH}\\/git"}`, '{"url":"[loopback]\\/git"}'],
  [
    'a request line',
    `> GET /${PATH}/git/info/refs HTTP/1.1`,
    '> GET [loopback]/git/info/refs HTTP/1.1'
  ],
  ['the bare path', `secret=${PATH}`, 'secret=[loopback]'],
  ['two', `http://127.0.0.1:1/${PATH} ${PATH}`, '[loopback] [loopback]']
])('of %s no secret is left', (_what, text, hidden) => {
  expect(hideLoopback(text, PATH)).toBe(hidden)
})

test('a megabyte of beginnings takes no time', () => {
  const text = `${'http://a'.repeat(130_000)}${PATH}`
  const begun = performance.now()
  hideLoopback(text, PATH)
  expect(performance.now() - begun).toBeLessThan(1_000)
})
