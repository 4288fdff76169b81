/** What stands between an agent and this machine where its place is not isolated. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type LocalHarness, localHarness } from '#app/testing/local-harness.ts'
import { pretendedCodex } from '#app/testing/pretended-codex.ts'
import { until } from '#app/testing/running.ts'

let folder: string
let harness: LocalHarness
beforeAll(async () => {
  harness = await localHarness({ uids: null })
})
afterAll(() => harness.cleanup())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pretended-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The log and the warnings of an attempt of Codex, whose sandbox does this when it is tried. */
async function run(sandbox: string) {
  const { executor, app, specFor } = harness
  const spec = specFor([pretendedCodex(folder, sandbox)], { agent: 'codex' })
  await executor.start(spec)
  await until('the end', async () => (await executor.inspect(spec.id)).kind === 'ended')
  await executor.destroy(spec.id)
  const warnings = app.heard(spec.id).events.filter(event => event.type === 'warning')
  return { log: app.logOf(spec.id), warnings: warnings.map(event => event.data.message) }
}

test('an agent with a sandbox of its own works inside it', async () => {
  expect(await run('test "$*" = "sandbox -- true"')).toEqual({
    log: 'sandbox_mode = "workspace-write"\n',
    warnings: []
  })
}, 30_000)

test('where that does not work it works without, and the run says so', async () => {
  expect(await run('echo "bwrap: no namespaces" >&2; exit 1')).toEqual({
    log: 'sandbox_mode = "danger-full-access"\n',
    warnings: [
      'nothing stands between the agent and this machine: the sandbox of codex does not work here (it ended with exit code 1: bwrap: no namespaces)'
    ]
  })
}, 30_000)
