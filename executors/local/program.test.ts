import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { requireProgram } from './program.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'program-'))
  chmodSync(folder, 0o755)
  for (const [name, mode] of [
    ['agent', 0o755],
    ['notes', 0o644]
  ] as const) {
    writeFileSync(join(folder, name), '#!/bin/sh\n')
    chmodSync(join(folder, name), mode)
  }
  mkdirSync(join(folder, 'directory'))
  mkdirSync(join(folder, 'closed'), { mode: 0o700 })
  writeFileSync(join(folder, 'closed', 'agent'), '#!/bin/sh\n', { mode: 0o755 })
})
afterAll(() => rmSync(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)

test.each([
  ['a name in PATH', () => ['agent'], false],
  ['an absolute path', () => [at('agent')], false],
  ['a program that every user can reach', () => [at('agent')], true],
  ['a closed one, run as ourselves', () => [at('closed/agent')], false],
  ['the node we run on, wherever it stands', () => [process.execPath], true]
])('%s is found', (_what, command, asOtherUser) => {
  expect(() => requireProgram(command(), `/nowhere:${folder}`, asOtherUser)).not.toThrow()
})

test.each([
  ['a name that is nowhere in PATH', () => ['absent'], 'not found in PATH /nowhere:'],
  ['a file that may not be executed', () => ['notes'], 'not found in PATH'],
  ['a folder', () => [at('directory')], 'no executable file stands there'],
  [
    'a path relative to nobody knows what',
    () => ['./agent'],
    'neither a name nor an absolute path'
  ],
  ['an empty command', () => [], 'neither a name nor an absolute path'],
  ['a folder closed to the run’s user', () => [at('closed/agent')], 'closed is closed to others']
])('%s is named with a remedy', (_what, command, message) => {
  expect(() => requireProgram(command(), `/nowhere:${folder}`, true)).toThrow(
    expect.objectContaining({ code: 'AGENT_MISSING', message: expect.stringContaining(message) })
  )
})
