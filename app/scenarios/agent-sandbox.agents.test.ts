/** The real Codex CLI in an open place: its own sandbox lets it do its work, and keeps it from the rest. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type ScriptedModel, startScriptedModel } from '#app/sandbox/model/start-scripted-model.ts'
import { agentClis } from '#app/testing/agent-clis.ts'
import { type LocalHarness, localHarness } from '#app/testing/local-harness.ts'
import { until } from '#app/testing/running.ts'

let folder: string
let model: ScriptedModel
let harness: LocalHarness

beforeAll(async () => {
  // Not in /tmp, all of which its sandbox leaves open.
  folder = mkdtempSync('/var/tmp/stagewright-sandbox-')
  const outside = join(folder, 'outside')
  const wanted = [
    'echo one > made.txt && git add -A && git commit -qm "One file" && echo committed',
    'git fetch -q origin main && echo fetched',
    'echo x > "$TMPDIR/x" && mkdir -p ~/.cache/x && echo temporary',
    `echo x > ${outside} || echo refused`
  ]
  model = await startScriptedModel({
    script: () => ({
      name: 'sandbox',
      steps: [
        ...wanted.map(run => ({ run })),
        { write: { path: 'patched.txt', text: 'two\n' } },
        { run: `echo '{"summary":"by file"}' > "$STAGEWRIGHT_RESULT_FILE"` },
        { finish: 'Done.' }
      ]
    })
  })
  const path = [await agentClis(), process.env.PATH].join(delimiter)
  const stateDir = join(folder, 'state')
  harness = await localHarness({ uids: null, stateDir, path }, model.url)
}, 600_000)
afterAll(async () => {
  await harness.cleanup()
  await model.close()
  rmSync(folder, { recursive: true })
})

test('codex commits, fetches and hands back a result, and writes nothing beside its place', async () => {
  const { executor, app, specFor } = harness
  const spec = specFor(['codex'], { agent: 'codex' })
  await executor.start(spec)
  await until('the end', async () => (await executor.inspect(spec.id)).kind === 'ended', 60_000)
  await executor.destroy(spec.id)
  const log = app.logOf(spec.id)
  for (const word of ['committed', 'fetched', 'temporary', 'refused'])
    expect(log).toContain(`\n  ${word}\n`)
  expect(existsSync(join(folder, 'outside'))).toBe(false)
  const { results, events } = app.heard(spec.id)
  expect(results).toMatchObject([{ outcome: 'finished', report: '{"summary":"by file"}\n' }])
  const files = Object.keys(app.filesOf(spec.id))
  expect(files).toEqual(expect.arrayContaining(['made.txt', 'patched.txt']))
  expect(events.map(event => event.type)).not.toContain('warning')
}, 120_000)
