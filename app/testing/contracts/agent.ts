/** The sentences of `executors/runner/agents/agent.ts`, run on every kind of agent with real programs. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { AgentChoice } from '#app/core/attempt.ts'
import type { Agent, AgentStart } from '#executors/runner/agents/agent.ts'
import { AGENTS } from '#executors/runner/agents/index.ts'
import { type AgentEnd, runAgent } from '#executors/runner/launcher/agent-process.ts'
import { type Place, placeBelow } from '#executors/runner/launcher/place.ts'
import { packSession, unpackSession } from '#executors/runner/launcher/session.ts'

/**
 * What the agent's program does in a test:
 * - `result`: prints the prompt, hands back `{"summary":"done as asked"}`, ends with 0
 * - `silent`: prints two lines, hands back nothing, ends with 0
 * - `fails`: prints `cannot go on`, ends with 7
 * - `noisy`: prints bytes that are no text, JSON of no known kind, a line of 3 MB, then `the end`
 * - `session`: prints `resumed 0: nothing` the first time, `resumed 1: was here.` the next
 */
export type AgentBehaviour = 'result' | 'silent' | 'fails' | 'noisy' | 'session'

const SESSION_LIMIT = 1024 * 1024

export function agentContract(
  agent: Agent,
  choose: (behaviour: AgentBehaviour) => AgentChoice
): void {
  describe(`the ${agent.name} agent`, () => {
    let folder: string
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'agent-'))
    })
    afterEach(() => rmSync(folder, { recursive: true, force: true }))

    test('it stands in the index under its own name', () => {
      expect(AGENTS).toHaveProperty(agent.name, agent)
    })

    test('it reads its prompt and hands back a result', async () => {
      const ran = await runIn(folder, agent, choose('result'))
      expect(ran.end).toMatchObject({ exitCode: 0, signal: null })
      expect(JSON.parse(ran.report ?? '')).toEqual({ summary: 'done as asked' })
      expect(ran.end.lastLines).toContain('working on: Say hello.')
    })

    test('without a result its last lines are there, the unfinished one too', async () => {
      const ran = await runIn(folder, agent, choose('silent'))
      expect(ran).toMatchObject({ report: null, end: { exitCode: 0 } })
      expect(ran.end.lastLines).toMatch(/looked around\n.*all is well$/)
    })

    test('its exit code and what it said on standard error come through', async () => {
      const ran = await runIn(folder, agent, choose('fails'))
      expect(ran).toMatchObject({ report: null, end: { exitCode: 7 } })
      expect(ran.log).toContain('cannot go on')
    })

    test('output of no known kind stays in the log, cut to a size that people can read', async () => {
      const ran = await runIn(folder, agent, choose('noisy'))
      expect(ran.end).toMatchObject({ exitCode: 0, sessionId: null, result: null })
      expect(ran.log).toEqual(
        expect.arrayContaining(['{"type":"not.ours","n":1}', '{"broken', 'the end'])
      )
      expect(ran.log.join('\n')).not.toContain('\0')
      const long = ran.log.find(line => line.startsWith('xxx'))
      expect(long).toMatch(/… \(\d+ more\)$/)
      expect(long?.length).toBeLessThan(9_000)
    })

    test.each([
      '',
      'plain words',
      '{"broken',
      '{"type":"not.ours"}',
      'null',
      '[1]',
      '\uFFFD\uFFFD'
    ])('the line %j is not one of its signs', line => {
      expect(agent.parse(line)).toBeNull()
    })

    test('its session, saved and restored elsewhere, is seen by its next start', async () => {
      const first = await runIn(folder, agent, choose('session'))
      expect(first.log).toContain('resumed 0: nothing')
      const packed = await packSession(first.place.session, agent.sessionPaths, SESSION_LIMIT)
      const next = join(folder, 'elsewhere')
      mkdirSync(placeBelow(next).session, { recursive: true })
      await unpackSession(packed, placeBelow(next).session, SESSION_LIMIT)
      const second = await runIn(next, agent, choose('session'), { id: first.end.sessionId })
      expect(second.log).toContain('resumed 1: was here.')
    })

    test('what it asks for before its start lies inside the session folder', () => {
      const input = startInput(placeBelow(folder), choose('session'), null)
      const command = agent.start(input)
      expect(command.argv.length).toBeGreaterThan(0)
      for (const path of [...command.folders, ...command.files.map(file => file.path)]) {
        expect(path.startsWith(input.sessionDir)).toBe(true)
      }
      for (const path of agent.sessionPaths) expect(path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/)
    })
  })
}

interface Ran {
  readonly place: Place
  readonly end: AgentEnd
  readonly log: readonly string[]
  readonly report: string | null
}

async function runIn(
  folder: string,
  agent: Agent,
  choice: AgentChoice,
  session: AgentStart['session'] = null
): Promise<Ran> {
  const place = placeBelow(folder)
  for (const path of [
    place.home,
    place.temp,
    place.tree,
    place.session,
    dirname(place.resultFile)
  ]) {
    mkdirSync(path, { recursive: true })
  }
  writeFileSync(place.promptFile, 'Say hello.')
  const command = agent.start(startInput(place, choice, session))
  for (const path of command.folders) mkdirSync(path, { recursive: true })
  for (const { path, text } of command.files) writeFileSync(path, text)
  const log: string[] = []
  const end = await runAgent({
    agent,
    argv: command.argv,
    stdinFile: command.stdinFile,
    version: null,
    cwd: place.tree,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: place.home,
      STAGEWRIGHT_PROMPT_FILE: place.promptFile,
      STAGEWRIGHT_RESULT_FILE: place.resultFile,
      STAGEWRIGHT_SESSION_DIR: place.session,
      STAGEWRIGHT_SESSION_RESUMED: session === null ? '0' : '1',
      ...command.env
    },
    stop: new AbortController().signal,
    hide: line => line,
    log: async line => void log.push(line),
    event: () => undefined
  })
  const written = existsSync(place.resultFile) ? readFileSync(place.resultFile, 'utf8') : null
  return { place, end, log, report: written ?? end.result }
}

function startInput(place: Place, choice: AgentChoice, session: AgentStart['session']): AgentStart {
  return {
    choice,
    tree: place.tree,
    home: place.home,
    prompt: 'Say hello.',
    promptFile: place.promptFile,
    resultFile: place.resultFile,
    sessionDir: place.session,
    session,
    models: { openai: 'http://127.0.0.1:1/openai/v1', anthropic: 'http://127.0.0.1:1/anthropic' },
    isolated: true,
    sandboxWorks: false
  }
}
