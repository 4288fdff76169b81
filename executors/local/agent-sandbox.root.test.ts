import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { localHarness } from '#app/testing/local-harness.ts'
import { pretendedCodex } from '#app/testing/pretended-codex.ts'
import { until } from '#app/testing/running.ts'

test('in an isolated place an agent needs no sandbox of its own, and it is not tried', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pretended-'))
  chmodSync(folder, 0o755)
  const harness = await localHarness({ requireIsolation: true })
  try {
    const { executor, app, specFor } = harness
    const spec = specFor([pretendedCodex(folder, 'exit 1')], { agent: 'codex' })
    await executor.start(spec)
    await until('the end', async () => (await executor.inspect(spec.id)).kind === 'ended')
    expect(app.heard(spec.id).results).toMatchObject([{ outcome: 'finished' }])
    expect(app.logOf(spec.id)).toBe('sandbox_mode = "danger-full-access"\n')
    expect(app.heard(spec.id).events.map(event => event.type)).not.toContain('warning')
  } finally {
    await harness.cleanup()
    rmSync(folder, { recursive: true })
  }
}, 30_000)
