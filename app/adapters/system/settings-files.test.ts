import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { SettingsFiles } from '#app/ports/set-up.ts'
import { settingsFiles } from './settings-files.ts'

let folder = ''
let files: SettingsFiles

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sw-settings-'))
  files = settingsFiles({ folder, stateDir: join(folder, 'state') })
})
afterEach(() => rm(folder, { recursive: true }))

const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('settings come back as they were, whatever they hold, and only the owner can read them', async () => {
  const settings = {
    STAGEWRIGHT_AGENT_COMMAND: '["/opt/my agent/run","--say=it\'s $HOME #1"]',
    STAGEWRIGHT_WEBHOOK_SECRET: 'a"b`c\\n d'
  }
  await files.add(settings)
  expect(parseEnv(await readFile(files.path, 'utf8'))).toEqual(settings)
  expect(await mode(files.path)).toBe('600')
})

test('what stands in the file stays, and the file is closed to others from then on', async () => {
  await writeFile(files.path, '# mine\nPORT=4000', { mode: 0o644 })
  await files.add({ STAGEWRIGHT_AGENT: 'codex' })
  const text = await readFile(files.path, 'utf8')
  expect(text).toMatch(/^# mine\nPORT=4000\n/)
  expect(parseEnv(text)).toEqual({ PORT: '4000', STAGEWRIGHT_AGENT: 'codex' })
  expect(await mode(files.path)).toBe('600')
})

test('a key with another value is not overwritten, and then nothing is written', async () => {
  await writeFile(files.path, 'STAGEWRIGHT_AGENT=claude\n')
  const adding = files.add({ PORT: '1', STAGEWRIGHT_AGENT: 'codex' })
  await expect(adding).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
  expect(await readFile(files.path, 'utf8')).toBe('STAGEWRIGHT_AGENT=claude\n')
})

test('adding the same again writes nothing', async () => {
  await files.add({ STAGEWRIGHT_AGENT: 'codex' })
  const before = await readFile(files.path, 'utf8')
  await files.add({ STAGEWRIGHT_AGENT: 'codex' })
  expect(await readFile(files.path, 'utf8')).toBe(before)
})

test.each([
  ['a line end', 'a\nb'],
  ['every kind of quote', `'"\``]
])('a value with %s is refused, and no file is made', async (_what, value) => {
  await expect(files.add({ PORT: value })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  await expect(stat(files.path)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('the check says before anything is done that a key stands in the file', async () => {
  await files.check(['STAGEWRIGHT_AGENT'])
  await writeFile(files.path, 'STAGEWRIGHT_AGENT=claude\n')
  await expect(files.check(['STAGEWRIGHT_AGENT', 'PORT'])).rejects.toThrow(
    /STAGEWRIGHT_AGENT stands there already/
  )
})

test('a link in place of the file is not followed', async () => {
  await symlink(join(folder, 'elsewhere'), files.path)
  await expect(files.check([])).rejects.toThrow(/a link or a folder/)
})

test('a folder that cannot be written is said with what to do', async () => {
  const none = settingsFiles({ folder: join(folder, 'none'), stateDir: folder })
  await expect(none.check([])).rejects.toThrow(/start in a folder that you may write to/)
})

test('the private key is kept once, closed to others, and never replaced by another', async () => {
  await files.check([])
  const file = await files.keepKey(7, 'key one')
  expect(await files.keepKey(7, 'key one')).toBe(file)
  expect(await readFile(file, 'utf8')).toBe('key one')
  expect(await mode(file)).toBe('600')
  await expect(files.keepKey(7, 'key two')).rejects.toThrow(/holds another key/)
})
