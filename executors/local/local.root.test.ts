/** What only root can try: one user id a run, and what that user cannot see. */

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type LocalHarness, localHarness } from '#app/testing/local-harness.ts'
import { isRunning, until } from '#app/testing/running.ts'
import { localExecutor } from './index.ts'

const CANARY = 'canary-5f1d0c'
const UIDS = { first: 62_000, count: 2 }

let harness: LocalHarness
beforeAll(async () => {
  expect(process.geteuid?.()).toBe(0)
  process.env.STAGEWRIGHT_CANARY = CANARY
  harness = await localHarness({ uids: UIDS, requireIsolation: true })
})
afterAll(async () => {
  delete process.env.STAGEWRIGHT_CANARY
  await harness.cleanup()
})

/** Starts a shell text and waits for a line that matches. */
async function startUntil(
  shell: string,
  line: RegExp
): Promise<{ id: string; found: RegExpExecArray }> {
  const { executor, app, specFor } = harness
  const spec = specFor(['sh', '-c', shell])
  await executor.start(spec)
  return { id: spec.id, found: await until(`${line}`, () => line.exec(app.logOf(spec.id))) }
}

test('every live run has its own user, whose folders are closed to others', async () => {
  const { executor } = harness
  const shell =
    'echo "user $(id -u) $(id -g) $(id -G) $(stat -c %a,%u .. ../home ../session . | tr "\\n" " ")"; sleep 600'
  const runs = await Promise.all([
    startUntil(shell, /user (\d+) (\d+) (\d+) (.*) /),
    startUntil(shell, /user (\d+) (\d+) (\d+) (.*) /)
  ])
  const users = runs.map(run => Number(run.found[1]))
  expect([...users].sort()).toEqual([UIDS.first, UIDS.first + 1])
  for (const { id, found } of runs) {
    expect(await executor.inspect(id)).toMatchObject({ kind: 'running', isolation: 'uid' })
    const [, user] = found
    expect(found.slice(2, 4)).toEqual([user, user])
    expect(found[4]).toBe(Array(4).fill(`700,${user}`).join(' '))
    await executor.destroy(id)
  }
}, 30_000)

test('a run sees neither the files, the environment nor the socket of another one', async () => {
  const { executor } = harness
  const other = await startUntil(
    'echo secret > note; chmod 777 note; echo "at $PWD/note $(cat ../socket) $$ end"; sleep 600',
    /at (\S+) (\S+) (\d+) end/
  )
  const [, note, socket, pid] = other.found
  const look = [`cat ${note}`, `ls ${note}`, `cat /proc/${pid}/environ`, `ls /proc/${pid}/cwd/`]
  const ask = `node -e "require('net').connect('${socket}').on('error', () => process.exit(1))"`
  const probes = [...look, `kill -0 ${pid}`, ask].map(probe => `${probe} && echo SEEN`).join('; ')
  const spy = await startUntil(`${probes}; echo looked`, /[\s\S]*looked/)
  expect(spy.found[0]).toContain('Permission denied')
  expect(spy.found[0]).not.toMatch(/SEEN|secret/)
  await executor.destroy(other.id)
  await executor.destroy(spy.id)
}, 30_000)

test('neither the run token nor the worker’s environment is in anything a run can read', async () => {
  const { executor, app, stateDir } = harness
  const shell = `
    for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do tr '\\0' '\\n' < $file; done 2>/dev/null
    grep -rs . ${stateDir} "$HOME/.." 2>/dev/null | head -c 400000
    ls ${stateDir}/attempts/*/runner 2>&1; echo; echo looked`
  const { id, found } = await startUntil(shell, /[\s\S]*looked/)
  expect(app.heard(id).claims).toBe(1)
  const text = found[0]
  expect(text).toContain('STAGEWRIGHT_ATTEMPT=')
  expect(text).not.toContain(CANARY)
  expect(text).not.toMatch(/token-[0-9a-f]{8}/)
  await executor.destroy(id)
}, 30_000)

test('a process that left its group and cleared its environment ends with the run', async () => {
  const { executor } = harness
  const shell = `env -i setsid sh -c 'echo pid $$ end; exec sleep 600' & sleep 600`
  const { id, found } = await startUntil(shell, /pid (\d+) end/)
  const pid = Number(found[1])
  expect(isRunning(pid)).toBe(true)
  await executor.destroy(id)
  expect(isRunning(pid)).toBe(false)
}, 30_000)

/** A folder that every user may write to, for what must be seen or survive outside of a run. */
function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outside-'))
  chmodSync(folder, 0o777)
  return folder
}

test('a chain of processes that fork and end for ever is over after destroy', async () => {
  const { executor } = harness
  const outside = openFolder()
  const shell = `
    echo 'echo $$ > ${outside}/beat; (env -i PATH="$PATH" setsid sh "$0" &)' > chain.sh
    for n in 1 2 3 4 5 6; do (setsid sh "$PWD/chain.sh" < /dev/null > /dev/null 2>&1 &); done
    echo forked; sleep 600`
  const { id } = await startUntil(shell, /forked/)
  const beat = (): string => readFileSync(join(outside, 'beat'), 'utf8')
  await until('the chain', () => existsSync(join(outside, 'beat')))
  const first = beat()
  await until('another link of the chain', () => beat() !== first)
  await executor.destroy(id)
  const last = beat()
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(beat()).toBe(last)
  expect(await executor.inspect(id)).toEqual({ kind: 'absent' })
  rmSync(outside, { recursive: true })
}, 30_000)

test('folders too deep for a path and without rights are removed, and what links lead to is not', async () => {
  const { executor, stateDir } = harness
  const outside = openFolder()
  writeFileSync(join(outside, 'kept'), 'kept', { mode: 0o666 })
  const mode = statSync(outside).mode
  const shell = `
    ln -s ${outside} ../link; ln -s ${outside} ../home/link; mkdir ../closed
    for n in $(seq 60); do mkdir ${'d'.repeat(100)}; cd -P ./${'d'.repeat(100)}; done
    ln -s ${outside} link; cd "$HOME/../closed"; mkdir inner; touch inner/file; chmod 0 inner .
    cd "$HOME/.."; mv session gone; ln -s ${outside} session; chmod 0 .
    echo made; sleep 600`
  const { id } = await startUntil(shell, /made/)
  await executor.destroy(id)
  expect(await executor.inspect(id)).toEqual({ kind: 'absent' })
  expect(existsSync(join(stateDir, 'attempts', id))).toBe(false)
  expect(readdirSync(outside)).toEqual(['kept'])
  expect(statSync(outside).mode).toBe(mode)
  rmSync(outside, { recursive: true })
}, 30_000)

test('a place that cannot be emptied keeps its attempt and its user id until it can', async () => {
  const { executor } = harness
  const { id, found } = await startUntil(
    'echo "at $PWD $(id -u) end"; sleep 600',
    /at (\S+) (\d+) end/
  )
  const [, tree = '', user = ''] = found
  mkdirSync(join(tree, 'of-root'))
  writeFileSync(join(tree, 'of-root', 'file'), 'root put it here')
  await expect(executor.destroy(id)).rejects.toMatchObject({ code: 'EXECUTOR_UNAVAILABLE' })
  expect(await executor.inspect(id)).toMatchObject({ kind: 'ended' })
  expect(existsSync(join(tmpdir(), 'stagewright-uids', user))).toBe(true)
  rmSync(join(tree, 'of-root'), { recursive: true })
  await executor.destroy(id)
  expect(await executor.inspect(id)).toEqual({ kind: 'absent' })
  expect(existsSync(join(tmpdir(), 'stagewright-uids', user))).toBe(false)
}, 30_000)

test('an attempt whose record is unreadable is lost to the next host, and its processes are ended', async () => {
  const { executor, stateDir } = harness
  const { id, found } = await startUntil(
    'env -i setsid sh -c "echo pid \\$\\$ end; exec sleep 600" & sleep 600',
    /pid (\d+) end/
  )
  const pid = Number(found[1])
  const address = readFileSync(join(stateDir, 'runner-host', 'host.json'), 'utf8')
  process.kill((JSON.parse(address) as { pid: number }).pid, 'SIGKILL')
  writeFileSync(join(stateDir, 'attempts', id, 'runner', 'attempt.json'), '')
  expect(await executor.inspect(id)).toMatchObject({ kind: 'ended', end: 'lost', isolation: 'uid' })
  expect(isRunning(pid)).toBe(false)
  await executor.destroy(id)
  expect(await executor.inspect(id)).toEqual({ kind: 'absent' })
}, 30_000)

test('with every user id taken a start is to be tried again, and a destroyed run frees its own', async () => {
  const { executor, spec } = harness
  const [one, two, three] = [spec('wait'), spec('wait'), spec('finish')]
  await executor.start(one)
  await executor.start(two)
  await expect(executor.start(three)).rejects.toMatchObject({
    code: 'EXECUTOR_UNAVAILABLE',
    retry: true
  })
  expect(await executor.inspect(three.id)).toEqual({ kind: 'absent' })
  await executor.destroy(one.id)
  await executor.start(three)
  await executor.destroy(two.id)
  await executor.destroy(three.id)
}, 30_000)

test('a user id of a dead host is free when its attempt’s folder is gone, and only then', async () => {
  const { executor, specFor, app } = harness
  const kept = mkdtempSync(join(tmpdir(), 'kept-'))
  const locks = join(tmpdir(), 'stagewright-uids')
  const lock = (folder: string): string =>
    JSON.stringify({ host: { pid: 2 ** 22, start: '1' }, folder })
  writeFileSync(join(locks, String(UIDS.first)), lock(kept))
  writeFileSync(join(locks, String(UIDS.first + 1)), lock(join(kept, 'gone')))
  const spec = specFor(['id', '-u'])
  await executor.start(spec)
  await until('its user', () => app.logOf(spec.id).trim() === String(UIDS.first + 1))
  await executor.destroy(spec.id)
  rmSync(join(locks, String(UIDS.first)))
  rmSync(kept, { recursive: true })
}, 30_000)

test('a program below a folder that is closed to others is refused with the folder’s name', async () => {
  const { executor, specFor } = harness
  const folder = mkdtempSync(join(tmpdir(), 'closed-'))
  const program = join(folder, 'agent')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
  await expect(executor.start(specFor([program]))).rejects.toMatchObject({
    code: 'AGENT_MISSING',
    message: expect.stringContaining(`${folder} is closed to others`)
  })
  rmSync(folder, { recursive: true })
}, 30_000)

const FROM_CLOSED = `
  import { fakeRunnerApp } from '#app/testing/fake-runner-app.ts'
  import { localExecutor } from '#executors/local/index.ts'
  const app = await fakeRunnerApp()
  const uids = { first: 62_100, count: 5 }
  const options = { stateDir: import.meta.dirname + '/state', uids, requireIsolation: true, path: process.env.PATH }
  const executor = localExecutor(options)
  const program = 'console.log(process.getuid(), process.version); require("fs").writeFileSync("by-node.txt", "yes")'
  const agent = { name: 'command', command: [process.execPath, '-e', program], model: null, reasoning: null }
  const deadlineAt = new Date(Date.now() + 20_000).toISOString()
  const token = app.expect({ attempt: 'closed-a1', agent, deadlineAt })
  await executor.start({ id: 'closed-a1', run: 'closed', number: 1, appUrl: app.url, token, agent, deadlineAt })
  let state
  do {
    await new Promise(resolve => setTimeout(resolve, 50))
    state = await executor.inspect('closed-a1')
  } while (state.kind === 'running')
  await executor.destroy('closed-a1')
  await executor.close()
  const files = app.filesOf('closed-a1')
  console.log(JSON.stringify({ state, log: app.logOf('closed-a1'), files }))
  await app.close()
`

test('a checkout, a state folder and a node that no other user can enter work all the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'closed-'))
  const root = fileURLToPath(import.meta.resolve('#app/core/attempt.ts')).replace(
    'app/core/attempt.ts',
    ''
  )
  for (const part of ['package.json', 'executors', 'app/core', 'app/ports', 'app/testing']) {
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
  mkdirSync(join(folder, 'bin'))
  cpSync(process.execPath, join(folder, 'bin', 'node'), { dereference: true })
  writeFileSync(join(folder, 'try.ts'), FROM_CLOSED)
  chmodSync(folder, 0o700)
  const node = join(folder, 'bin', 'node')
  // The copies that this needs are large; they go with a temp folder of their own.
  const temp = mkdtempSync(join(tmpdir(), 'open-'))
  chmodSync(temp, 0o755)
  const env = { PATH: process.env.PATH, TMPDIR: temp }
  const ran = JSON.parse(execFileSync(node, [join(folder, 'try.ts')], { encoding: 'utf8', env }))
  expect(ran).toMatchObject({
    state: { end: 'finished', isolation: 'uid' },
    log: `62100 ${process.version}\n`,
    files: { 'by-node.txt': 'yes' }
  })
  rmSync(folder, { recursive: true })
  rmSync(temp, { recursive: true })
}, 60_000)

test('without a range of user ids a run that must be isolated is refused', async () => {
  const executor = localExecutor({ ...harness.options, uids: null })
  const refused = executor.start(harness.spec('finish'))
  await expect(refused).rejects.toMatchObject({ code: 'NOT_ISOLATED' })
})
