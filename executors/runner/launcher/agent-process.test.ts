import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { codex } from '#executors/runner/agents/codex.ts'
import { runAgent } from './agent-process.ts'

test('what an agent says is read, however soon it ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-process-'))
  const stdinFile = join(folder, 'prompt.md')
  writeFileSync(stdinFile, 'Say hello.')
  try {
    for (let turn = 0; turn < 40; turn += 1) {
      const end = await runAgent({
        ...{ agent: codex, argv: ['sh', '-c', 'echo out; echo error >&2'], stdinFile },
        ...{ version: null, cwd: folder, env: { PATH: process.env.PATH ?? '' } },
        stop: new AbortController().signal,
        hide: line => line,
        log: async () => undefined,
        event: () => undefined
      })
      expect(end.lastLines.split('\n').sort()).toEqual(['error', 'out'])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)
