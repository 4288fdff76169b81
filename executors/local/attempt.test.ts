/** What one attempt of the local executor does from end to end, beyond what every executor must. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { RunnerReport } from '#app/core/attempt.ts'
import type { HeardAttempt } from '#app/testing/fake-runner-app.ts'
import { type LocalHarness, localHarness } from '#app/testing/local-harness.ts'
import { isRunning, until } from '#app/testing/running.ts'
import { localExecutor } from './index.ts'

let harness: LocalHarness
beforeAll(async () => {
  process.env.STAGEWRIGHT_CANARY = 'a secret of the worker'
  harness = await localHarness()
})
afterAll(async () => {
  delete process.env.STAGEWRIGHT_CANARY
  await harness.cleanup()
})

/** Runs an argv or a shell text as an agent and destroys the attempt; answers what the app heard. */
async function run(
  agent: string | readonly string[],
  id?: string
): Promise<HeardAttempt & { report: RunnerReport }> {
  const { executor, app, specFor } = harness
  const spec = specFor(typeof agent === 'string' ? ['sh', '-c', agent] : agent, { id })
  await executor.start(spec)
  await until('the end', async () => (await executor.inspect(spec.id)).kind === 'ended')
  await executor.destroy(spec.id)
  const heard = app.heard(spec.id)
  const [report] = heard.results
  if (report === undefined) throw new Error('no result came')
  return { ...heard, report }
}

function logOf(heard: HeardAttempt): string {
  return heard.logs.map(chunk => chunk.text).join('')
}

test('the agent gets the allow-listed environment and nothing else', async () => {
  const heard = await run('env | cut -d= -f1 | sort')
  expect(
    logOf(heard)
      .trim()
      .split('\n')
      .filter(name => !['PWD', 'SHLVL', '_'].includes(name))
  ).toEqual(
    `ANTHROPIC_BASE_URL CI GIT_AUTHOR_EMAIL GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_NAME
     GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT HOME LANG NO_COLOR OPENAI_BASE_URL PATH STAGEWRIGHT_ATTEMPT
     STAGEWRIGHT_PROMPT_FILE STAGEWRIGHT_RESULT_FILE STAGEWRIGHT_RUN STAGEWRIGHT_SESSION_DIR
     STAGEWRIGHT_SESSION_RESUMED TERM TMPDIR`.split(/\s+/)
  )
}, 30_000)

test('the result file is handed over as it is, the changes as one commit that honours .gitignore', async () => {
  const heard = await run(`
    mkdir ignored; echo no > ignored/file; echo new > added.txt
    echo '{"summary":"ok"}' > "$STAGEWRIGHT_RESULT_FILE"; echo bye`)
  expect(heard.report).toMatchObject({
    outcome: 'finished',
    report: '{"summary":"ok"}\n',
    lastLines: 'bye'
  })
  const files = Object.keys(harness.app.filesOf(heard.job.attempt))
  expect(files.sort()).toEqual(['.gitignore', 'README.md', 'added.txt'])
  expect(heard.events.map(event => event.type)).toEqual([
    'place.ready',
    'agent.started',
    'agent.ended',
    'session.saved',
    'bundle.made'
  ])
}, 30_000)

test('an agent that changes nothing hands over no bundle', async () => {
  const { report, bundle } = await run('true')
  expect(report).toMatchObject({ outcome: 'finished', bundle: null, headSha: harness.app.baseSha })
  expect(bundle).toBeNull()
}, 30_000)

test.each([
  ['a lock that a killed git left', 'echo x > x.txt; touch .git/index.lock', null],
  [
    'a detached head',
    'git checkout -q --detach; echo x > x.txt; git add -A; git commit -qm X',
    'detached'
  ],
  [
    'a hook of the tree',
    'echo x > x.txt; mkdir -p .git/hooks; printf "#!/bin/sh\\nexit 1" > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit',
    null
  ]
])(
  '%s does not lose the work',
  async (_what, shell, warning) => {
    const heard = await run(shell)
    expect(heard.report).toMatchObject({ outcome: 'finished', message: null })
    expect(harness.app.filesOf(heard.job.attempt)).toMatchObject({ 'x.txt': 'x\n' })
    const warnings = heard.events.filter(event => event.type === 'warning')
    expect(warnings.map(event => event.data.message)).toEqual(
      warning === null ? [] : [expect.stringContaining(warning)]
    )
  },
  30_000
)

test('a tree that the agent destroyed is said so, and the session is saved all the same', async () => {
  const heard = await run('rm -rf .git; echo kept > "$STAGEWRIGHT_SESSION_DIR/note"')
  expect(heard.report).toMatchObject({ outcome: 'place_failed', exitCode: 0, bundle: null })
  expect(heard.report.message).toContain('what the agent left')
  const saved = harness.app.sessions.get(heard.job.run) ?? Buffer.alloc(0)
  expect(gunzipSync(saved).toString()).toContain('"path":"note"')
}, 30_000)

test('the session is saved after a failure and restored for the next attempt of the run', async () => {
  const { executor, app, specFor } = harness
  const shell =
    'cat "$STAGEWRIGHT_SESSION_DIR/deep/note"; echo $STAGEWRIGHT_SESSION_RESUMED; mkdir -p "$STAGEWRIGHT_SESSION_DIR/deep"; echo again > "$STAGEWRIGHT_SESSION_DIR/deep/note"; exit 1'
  const first = await run(shell, 'twice-a1')
  expect(first.report).toMatchObject({ outcome: 'agent_failed', sessionResumed: false })
  const spec = specFor(['sh', '-c', shell], { id: 'twice-a2' })
  const job = {
    ...app.heard(spec.id).job,
    run: first.job.run,
    session: { id: null, agent: 'command' }
  }
  await executor.start({ ...spec, token: app.expect(job) })
  await until('the end', async () => (await executor.inspect(spec.id)).kind === 'ended')
  await executor.destroy(spec.id)
  expect(app.logOf(spec.id)).toBe('again\n1\n')
  expect(app.heard(spec.id).results).toMatchObject([{ sessionResumed: true }])
}, 30_000)

const ASK_AROUND = `
  import { spawnSync } from 'node:child_process'
  import { request } from 'node:http'
  const model = new URL(process.env.OPENAI_BASE_URL)
  const secret = model.pathname.replace('/model/openai/v1', '')
  const ask = (path, body) => new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer dummy' }
    const { hostname, port } = model
    const sent = request({ hostname, port, path, headers, method: body ? 'POST' : 'GET' }, answer => {
      answer.resume().on('end', () => resolve(answer.statusCode))
    })
    sent.on('error', reject)
    sent.end(body)
  })
  const refs = '/git/info/refs?service=git-upload-pack'
  const statuses = [
    await ask(refs),
    await ask(secret + '/git/info/refs?service=git-receive-pack'),
    await ask(secret + '/job'),
    await ask(secret + '/model/openai/../../claim'),
    await ask(secret + '/model/openai/%2e%2e/claim'),
    await ask(secret + refs),
    await ask(secret + '/model/openai/v1/responses', '{"q":1}')
  ]
  console.log(statuses.join(' '))
  const git = (...args) => spawnSync('git', args).status
  console.log('fetch', git('fetch', '-q', 'origin', 'main'), 'push', git('push', 'origin', 'HEAD:main'))
`

test('the loopback port serves git reads and the model under this run’s path, and nothing else', async () => {
  const heard = await run([process.execPath, '--input-type=module', '--eval', ASK_AROUND])
  expect(logOf(heard)).toMatch(/^404 404 404 404 404 200 200\nfetch 0 push (1|128)\n$/)
  expect(heard.modelCalls).toHaveLength(1)
  expect(heard.modelCalls[0]).toMatchObject({ url: '/model/openai/v1/responses', body: '{"q":1}' })
  expect(heard.modelCalls[0]?.headers.authorization).toMatch(/^Bearer token-/)
}, 30_000)

test('the address of the loopback port leaves the place in no log, event, result or failure', async () => {
  const { report, ...heard } = await run(`
    echo "POST $OPENAI_BASE_URL/responses" >&2
    secret=$(echo "$OPENAI_BASE_URL" | cut -d/ -f4)
    echo "> GET /$secret/model/openai/v1/models HTTP/1.1"
    echo "{\\"summary\\":\\"asked $OPENAI_BASE_URL\\"}" > "$STAGEWRIGHT_RESULT_FILE"
    git init -q "not-$secret"`)
  expect(logOf(heard).split('\n').slice(0, 2).sort()).toEqual([
    '> GET [loopback]/model/openai/v1/models HTTP/1.1',
    'POST [loopback]/model/openai/v1/responses'
  ])
  expect(JSON.parse(report.report ?? '')).toEqual({ summary: 'asked [loopback]/model/openai/v1' })
  expect(report.lastLines).toContain('POST [loopback]/model/openai')
  // Git's own words about the folder, which holds a repository without a commit.
  expect(report.message).toContain("'not-[loopback]/' does not have a commit checked out")
  const { events, logs } = heard
  expect(JSON.stringify({ report, events, logs })).not.toMatch(/127\.0\.0\.1:|\b[0-9a-f]{32}\b/)
}, 30_000)

test('an agent that kills its launcher leaves a failed attempt with a reason, not a hanging one', async () => {
  const heard = await run('kill -9 $PPID; sleep 600')
  expect(heard.report).toMatchObject({ outcome: 'place_failed', bundle: null })
  expect(heard.report.message).toContain('signal SIGKILL')
}, 30_000)

test('a base commit that the ref does not hold is named', async () => {
  const { executor, app, specFor } = harness
  const spec = specFor(['true'])
  const baseSha = '1'.repeat(40)
  await executor.start({ ...spec, token: app.expect({ ...app.heard(spec.id).job, baseSha }) })
  await until('the end', async () => (await executor.inspect(spec.id)).kind === 'ended')
  await executor.destroy(spec.id)
  const message = `commit ${baseSha} is not in refs/heads/main of acme/fixture`
  expect(app.heard(spec.id).results).toMatchObject([{ outcome: 'place_failed', message }])
}, 30_000)

test('a run that must be isolated is refused where it cannot be', async () => {
  const { options, specFor } = harness
  const executor = localExecutor({ ...options, uids: null, requireIsolation: true })
  const spec = specFor(['true'])
  await expect(executor.start(spec)).rejects.toMatchObject({ code: 'NOT_ISOLATED' })
  expect(await executor.inspect(spec.id)).toEqual({ kind: 'absent' })
}, 30_000)

test('after its host was killed an attempt is lost, its processes are gone, its log is readable', async () => {
  const { executor, app, spec, stateDir } = harness
  const attempt = spec('stubborn')
  await executor.start(attempt)
  const pids = await until('process ids', () => {
    const found = [...app.logOf(attempt.id).matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid))
    return found.length === 2 ? found : null
  })
  const address = readFileSync(join(stateDir, 'runner-host', 'host.json'), 'utf8')
  process.kill((JSON.parse(address) as { pid: number }).pid, 'SIGKILL')
  expect(await executor.inspect(attempt.id)).toMatchObject({ kind: 'ended', end: 'lost' })
  expect(pids.map(isRunning)).toEqual([false, false])
  const lines: string[] = []
  for await (const line of executor.logs(attempt.id, new AbortController().signal)) lines.push(line)
  expect(lines).toHaveLength(2)
  await executor.destroy(attempt.id)
  expect(await executor.inspect(attempt.id)).toEqual({ kind: 'absent' })
}, 30_000)
