import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { lookForAgent } from './look-for-agent.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewright-look-'))
  chmodSync(folder, 0o755)
  for (const [name, version] of [
    ['new', '99.0.0'],
    ['old', '0.150.0']
  ] as const) {
    mkdirSync(join(folder, name))
    program(join(folder, name, 'codex'), `echo "codex-cli ${version}"`)
  }
  mkdirSync(join(folder, 'closed'), { mode: 0o700 })
  program(join(folder, 'closed', 'codex'), 'echo "codex-cli 99.0.0"')
  program(join(folder, 'marks'), `touch ${join(folder, 'started')}`)
})
afterAll(() => rmSync(folder, { recursive: true }))

function program(file: string, script: string): void {
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

function look(place: string, more: Partial<Parameters<typeof lookForAgent>[0]> = {}) {
  const path = [join(folder, place), '/usr/bin', '/bin'].join(':')
  const looking = { name: 'codex', command: ['codex'], path, agentPath: '', user: null }
  return lookForAgent({ ...looking, ...more })
}

test('an agent that runs can work with is found, with a folder that a service must be told of', async () => {
  const at = join(folder, 'new')
  const found = { kind: 'found', file: join(at, 'codex'), version: '99.0.0', folder: at }
  expect(await look('new')).toEqual(found)
  expect(await look('new', { agentPath: `/opt/a:${at}` })).toEqual({ ...found, folder: null })
})

test('a folder that the environment’s own list leaves out must be added there', async () => {
  expect(await look('new', { agentPath: '/opt/a' })).toEqual({
    kind: 'refused',
    why: expect.stringContaining(`set it to /opt/a:${join(folder, 'new')} and start again`)
  })
})

test('one that is nowhere is absent', async () => {
  expect(await look('nowhere')).toEqual({ kind: 'absent' })
})

test.each([
  ['too old', 'old', null, 'codex is 0.150.0; install or update it'],
  ['closed to the user of runs', 'closed', { uid: 64_099, gid: 64_099 }, 'closed to others']
])('one that is %s is refused with the words of a run', async (_what, place, user, words) => {
  expect(await look(place, { user })).toEqual({
    kind: 'refused',
    why: expect.stringContaining(words)
  })
})

test('a program of one’s own is found as a run finds it, and is not started', async () => {
  const own = { name: 'command', path: `${folder}:/usr/bin:/bin` }
  const file = join(folder, 'marks')
  const found = { kind: 'found', file, version: null }
  expect(await look('', { ...own, command: ['marks', 'x'] })).toEqual({ ...found, folder })
  expect(await look('', { ...own, command: [file] })).toEqual({ ...found, folder: null })
  expect(await look('', { ...own, command: ['started'] })).toMatchObject({ kind: 'refused' })
  expect(await look('', { ...own, command: ['./marks'] })).toEqual({
    kind: 'refused',
    why: expect.stringContaining('neither a name nor an absolute path')
  })
})
