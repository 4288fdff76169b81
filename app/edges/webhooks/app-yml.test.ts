import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { SUBSCRIBED_EVENTS } from './payloads.ts'

const TEXT = readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8')
const manifest = parse(TEXT) as {
  default_permissions: Record<string, string>
  default_events: string[]
}

test('the App subscribes to exactly the events that the code has rules for', () => {
  expect([...manifest.default_events].sort()).toEqual([...SUBSCRIBED_EVENTS].sort())
})

test('each permission and event has its reason in a comment above it', () => {
  const lines = TEXT.split('\n')
  const entries = [
    ...Object.keys(manifest.default_permissions).map(key => `  ${key}:`),
    ...manifest.default_events.map(event => `  - ${event}`)
  ]
  for (const entry of entries) {
    const line = lines.findIndex(text => text.startsWith(entry))
    expect(lines[line - 1]).toMatch(/^ {2}# \S/)
  }
})
