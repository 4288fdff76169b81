import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { findProgram } from './find-program.ts'

let folder = ''
let path = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sw-programs-'))
  path = [join(folder, 'none'), folder, '/usr/bin', '/bin'].join(delimiter)
  const programs = {
    tells: 'echo "tells 1.2.3"; echo more',
    fails: 'exit 1',
    marks: `touch ${folder}/ran`
  }
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, name), 0o755)
  }
  await writeFile(join(folder, 'text'), 'no program')
  await mkdir(join(folder, 'folder'))
})
afterAll(() => rm(folder, { recursive: true }))

test('a program is found by name, with the first line of what it says its version is', async () => {
  expect(await findProgram('tells', path, true)).toEqual({
    file: join(folder, 'tells'),
    version: 'tells 1.2.3'
  })
  expect(await findProgram(join(folder, 'fails'), '', true)).toEqual({
    file: join(folder, 'fails'),
    version: null
  })
})

test.each(['text', 'folder', 'absent', './tells'])('%s is no program to start', async word => {
  expect(await findProgram(word, path, false)).toBeNull()
})

test('a program that is not asked for its version is not started', async () => {
  expect(await findProgram('marks', path, false)).toEqual({
    file: join(folder, 'marks'),
    version: null
  })
  expect(await findProgram('ran', path, false)).toBeNull()
  await expect(chmod(join(folder, 'ran'), 0o755)).rejects.toMatchObject({ code: 'ENOENT' })
})
