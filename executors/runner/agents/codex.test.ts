import { expect, test } from '@jest/globals'
import { placeBelow } from '#executors/runner/launcher/place.ts'
import type { AgentStart } from './agent.ts'
import { codex } from './codex.ts'

const { home, tree, promptFile, resultFile, session } = placeBelow('/runs/a "b"')

function configuration(guard: Pick<AgentStart, 'isolated' | 'sandboxWorks'>): string {
  const { files } = codex.start({
    choice: { name: 'codex', command: ['codex'], model: null, reasoning: null },
    ...{ home, tree, promptFile, resultFile, sessionDir: session, ...guard },
    prompt: 'Say hello.',
    session: null,
    models: { openai: 'http://127.0.0.1:1/openai/v1', anthropic: 'http://127.0.0.1:1/anthropic' }
  })
  return files.map(({ text }) => text).join()
}

test.each([
  ['in an isolated place', { isolated: true, sandboxWorks: false }],
  ['where its sandbox does not work', { isolated: false, sandboxWorks: false }]
])('%s it has no sandbox of its own', (_what, guard) => {
  const text = configuration(guard)
  expect(text).toContain('sandbox_mode = "danger-full-access"\n')
  expect(text).not.toContain('sandbox_workspace_write')
})

test('without isolation it may write its work, its git folder, the result and its home', () => {
  const text = configuration({ isolated: false, sandboxWorks: true })
  expect(text).toContain('sandbox_mode = "workspace-write"\n')
  const roots = ['tree/.git', 'result', 'home'].map(name => `"/runs/a \\"b\\"/${name}"`)
  expect(text).toContain(`[sandbox_workspace_write]
network_access = true
writable_roots = [${roots.join(', ')}]
`)
})

test('it never asks', () => {
  for (const isolated of [true, false])
    expect(configuration({ isolated, sandboxWorks: !isolated })).toContain(
      'approval_policy = "never"\n'
    )
})
