import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { StageResult } from '#app/core/result.ts'
import { DEMO_FILES, DEMO_ISSUE, DEMO_REVIEW } from './repository.ts'

const AGENT = fileURLToPath(new URL('./agent.mjs', import.meta.url))

let folder: string
let tree: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewright-agent-'))
  tree = join(folder, 'tree')
  for (const [path, text] of Object.entries(DEMO_FILES)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  mkdirSync(join(folder, 'session'))
  execFileSync('git', ['init', '--quiet', tree])
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Turn {
  readonly code: number | null
  readonly output: string
}

function turn(run: string, prompt: string): Turn {
  writeFileSync(join(folder, 'prompt.md'), prompt)
  const ended = spawnSync(process.execPath, [AGENT], {
    cwd: tree,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      STAGEWRIGHT_RUN: run,
      STAGEWRIGHT_PROMPT_FILE: join(folder, 'prompt.md'),
      STAGEWRIGHT_RESULT_FILE: join(folder, 'result.json'),
      STAGEWRIGHT_SESSION_DIR: join(folder, 'session')
    }
  })
  return { code: ended.status, output: ended.stdout + ended.stderr }
}

function result(): StageResult {
  return StageResult.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')))
}

function source(): string {
  return readFileSync(join(tree, 'src/pages.js'), 'utf8')
}

function issue(title: string, body: string): string {
  return `# What people wrote\n\nBEGIN k3v9 #1, mona\n${title}\n\n${body}\nEND k3v9\n`
}

function remark(line: number, body: string): string {
  return `BEGIN k3v9 lina, 2026-01-02T03:04:05Z, src/pages.js:${line}\n${body}\nEND k3v9\n`
}

test('the named function is repaired by the edit that the tests agree with', () => {
  const { code, output } = turn('r1', issue(DEMO_ISSUE.title, DEMO_ISSUE.body))
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('trying') })
  expect(source()).toContain('Math.ceil(items / perPage)')
  expect(result().checks).toEqual([
    { command: 'node --test (before the change)', outcome: 'failed' },
    { command: 'node --test', outcome: 'passed' }
  ])
}, 30_000)

test('a remark becomes a test and a guard, and the turn before is remembered', () => {
  turn('r1', issue(DEMO_ISSUE.title, DEMO_ISSUE.body))
  const { code, output } = turn(
    'r2',
    issue(DEMO_ISSUE.title, DEMO_ISSUE.body) + remark(3, DEMO_REVIEW.remark)
  )
  expect({ code, output }).toMatchObject({
    code: 0,
    output: expect.stringContaining('my notes of run r1:')
  })
  expect(source()).toContain('if (perPage < 1) throw new RangeError(')
  expect(readFileSync(join(tree, 'test/pages.test.js'), 'utf8')).toContain('assert.throws')
  expect(result().decisions).toContainEqual(expect.stringContaining('run r1'))
}, 30_000)

test.each([
  ['an issue without a file', issue('Faster', 'Please make it faster.'), 'names no file'],
  [
    'an issue about a file that is not there',
    issue('X', '`gone` in `src/gone.js` is wrong'),
    'names no file'
  ],
  [
    'an issue about no function',
    issue('X', 'something in `src/pages.js` is wrong'),
    'names no function'
  ],
  [
    'a function that nothing finds wrong by tests',
    issue('X', '`pageItems` in `src/pages.js` is slow'),
    'no edit that I know'
  ],
  [
    'a remark of another kind',
    issue('X', 'y') + remark(3, 'Please rename this.'),
    'I do not understand the remark at src/pages.js:3'
  ],
  ['a prompt without an issue', 'Hello.', 'holds no issue']
])(
  '%s is refused in words, without a result',
  (_what, prompt, why) => {
    const { code, output } = turn('r1', prompt)
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining(why) })
    expect(source()).toBe(DEMO_FILES['src/pages.js'])
    expect(existsSync(join(folder, 'result.json'))).toBe(false)
  },
  30_000
)
