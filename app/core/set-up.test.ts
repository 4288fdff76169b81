import { expect, test } from '@jest/globals'
import { folderToName } from './set-up.ts'

test.each(['/usr/bin/codex', '/usr/local/bin/codex', '/usr/local/sbin/codex', '/bin/sh'])(
  'a service finds %s by itself',
  file => {
    expect(folderToName(file)).toBeNull()
  }
)

test.each([
  ['/root/.nvm/versions/node/v24.1.0/bin/codex', '/root/.nvm/versions/node/v24.1.0/bin'],
  ['/home/mona/.local/bin/claude', '/home/mona/.local/bin'],
  ['/usr/local/bin/agents/codex', '/usr/local/bin/agents']
])('the folder of %s must be named', (file, folder) => {
  expect(folderToName(file)).toBe(folder)
})
