// The agent of the demo: a small program without a model. It reads the prompt, repairs the function
// that the issue names by trying edits until the repository's tests pass, answers review remarks of
// one kind, and keeps notes in its session folder. What it does not understand it says, and ends with 1.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const {
  STAGEWRIGHT_PROMPT_FILE,
  STAGEWRIGHT_RESULT_FILE,
  STAGEWRIGHT_SESSION_DIR,
  STAGEWRIGHT_RUN
} = process.env
const notesFile = join(STAGEWRIGHT_SESSION_DIR, 'notes.json')
const checks = []

/** Edits that a repair tries, in this order, each on every place of the function where it fits. */
const EDITS = [
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ \+ 1\b/g, ''],
  [/ - 1\b/g, ''],
  [/Math\.floor\(/g, 'Math.round('],
  [/Math\.floor\(/g, 'Math.ceil('],
  [/Math\.ceil\(/g, 'Math.floor(']
]

main()

function main() {
  const blocks = readBlocks(readFileSync(STAGEWRIGHT_PROMPT_FILE, 'utf8'))
  const notes = existsSync(notesFile) ? JSON.parse(readFileSync(notesFile, 'utf8')) : []
  const last = notes.at(-1)
  say(`turn ${notes.length + 1}`)
  if (last !== undefined) say(`my notes of run ${last.run}: ${last.did}`)
  const remarks = blocks.filter(block => /, \S+:\d+$/.test(block.head))
  const done = remarks.length > 0 ? answerRemarks(remarks) : repair(blocks)
  const did = done.changes.join('; ')
  writeFileSync(notesFile, JSON.stringify([...notes, { run: STAGEWRIGHT_RUN, did }], null, 2))
  const memory = last === undefined ? [] : [`Went on from my notes of run ${last.run}: ${last.did}`]
  const result = {
    title: done.title,
    summary: done.summary,
    decisions: [...done.decisions, ...memory],
    risks: [],
    checks
  }
  writeFileSync(STAGEWRIGHT_RESULT_FILE, JSON.stringify(result, null, 2))
  say('done')
}

/** What people wrote, as the prompt marks it: head line and text of every block. */
function readBlocks(prompt) {
  const blocks = [...prompt.matchAll(/^BEGIN (\S+) (.*)\n([\s\S]*?)\nEND \1$/gm)]
  return blocks.map(([, , head, text]) => ({ head, text }))
}

/** Finds the edit of the named function that makes the tests pass. */
function repair(blocks) {
  const issue = blocks.find(block => block.head.startsWith('#'))
  if (issue === undefined) giveUp('the prompt holds no issue')
  const path = /`([\w./-]+\.js)`/.exec(issue.text)?.[1]
  if (path === undefined || !existsSync(path)) giveUp('the issue names no file of this repository')
  const source = readFileSync(path, 'utf8')
  const names = [...issue.text.matchAll(/`(\w+)(?:\([^`]*\))?`/g)].map(([, name]) => name)
  const place = names.map(name => functionAt(source, name)).find(found => found !== null)
  if (place === undefined) giveUp(`the issue names no function of ${path}`)
  say(`the issue is about ${place.name} in ${path}`)
  if (runTests('before').passed) giveUp('the tests pass already, so there is nothing to repair')
  for (const { text, what } of candidates(source, place)) {
    writeFileSync(path, text)
    say(`trying ${what}`)
    if (!runTests().passed) continue
    checks.push({ command: 'node --test', outcome: 'passed' })
    return {
      title: `Repair ${place.name} in ${path}`,
      changes: [`${path}: ${what}`],
      decisions: [`The smallest edit that makes every test pass: ${what}.`],
      summary: `\`${place.name}\` in \`${path}\` was wrong in one place. Changed ${what}; the test that failed passes now, the others still do.`
    }
  }
  writeFileSync(path, source)
  return giveUp(`no edit that I know makes the tests pass; ${path} is as it was`)
}

function* candidates(source, place) {
  for (const [pattern, replacement] of EDITS) {
    for (const match of source.slice(place.start, place.end).matchAll(pattern)) {
      const at = place.start + match.index
      const text = source.slice(0, at) + replacement + source.slice(at + match[0].length)
      const line = source.slice(0, at).split('\n').length
      yield { text, what: `"${match[0].trim()}" to "${replacement.trim()}" in line ${line}` }
    }
  }
}

/** Understands remarks that ask for an error: a test first, then the guard. */
function answerRemarks(remarks) {
  const changes = []
  const open = []
  for (const { head, text } of remarks) {
    const [, path, line] = /, (\S+):(\d+)$/.exec(head)
    const wish = /throw an? `(\w*Error)` when `(\w+)` is below (\d+)/i.exec(text)
    const place = existsSync(path) ? enclosing(readFileSync(path, 'utf8'), Number(line)) : null
    if (wish === null || place === null || !place.parameters.includes(wish[2]))
      open.push(`${path}:${line}`)
    else
      changes.push(
        guard(path, place, { error: wish[1], parameter: wish[2], least: Number(wish[3]) })
      )
  }
  if (open.length > 0) giveUp(`I do not understand the remark at ${open.join(', ')}`)
  return {
    title: 'Answer the review',
    changes,
    decisions: ['Wrote the test before the guard and saw it fail.'],
    summary: `Each remark of the review is answered:\n\n${changes.map(change => `- ${change}`).join('\n')}`
  }
}

function guard(path, place, wish) {
  const { error, parameter, least } = wish
  say(`the remark at ${path} asks ${place.name} for a ${error} when ${parameter} is below ${least}`)
  const testFile = testsOf(path)
  const given = place.parameters.map(name => (name === parameter ? least - 1 : 1)).join(', ')
  const test = `\ntest('${place.name} throws a ${error} when ${parameter} is below ${least}', () => {\n  assert.throws(() => ${place.name}(${given}), ${error})\n})\n`
  writeFileSync(testFile, readFileSync(testFile, 'utf8') + test)
  if (runTests('before').passed) giveUp(`${place.name} does so already`)
  const source = readFileSync(path, 'utf8')
  const lines = `\n  if (${parameter} < ${least}) throw new ${error}(\`${parameter} is \${${parameter}}, but must be at least ${least}\`)`
  writeFileSync(path, source.slice(0, place.body) + lines + source.slice(place.body))
  if (!runTests().passed) giveUp(`the tests fail with the guard in ${place.name}`)
  checks.push({ command: 'node --test', outcome: 'passed' })
  return `\`${place.name}\` throws a \`${error}\` when \`${parameter}\` is below ${least}; \`${testFile}\` covers it`
}

function testsOf(path) {
  const name = path.split('/').at(-1)
  const tests = readdirSync('test').map(file => `test/${file}`)
  return (
    tests.find(file => readFileSync(file, 'utf8').includes(name)) ?? giveUp(`no test of ${path}`)
  )
}

function enclosing(source, line) {
  const at = source.split('\n').slice(0, line).join('\n').length
  const names = [...source.matchAll(/^export function (\w+)\(/gm)].map(([, name]) => name)
  const places = names.map(name => functionAt(source, name))
  return places.find(place => place.start <= at && at <= place.end) ?? null
}

/** Where a top-level function stands; its end is the first closing brace at the start of a line. */
function functionAt(source, name) {
  const match = new RegExp(`^export function ${name}\\(([^)]*)\\) \\{`, 'm').exec(source)
  if (match === null) return null
  const end = source.indexOf('\n}', match.index)
  const parameters = match[1].split(',').map(one => one.trim())
  return { name, parameters, start: match.index, body: match.index + match[0].length, end }
}

/** The repository's own tests, on the Node that runs this. `before` puts the outcome on record. */
function runTests(when) {
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env
  const run = spawnSync(process.execPath, ['--test', '--test-reporter=tap'], {
    env,
    encoding: 'utf8'
  })
  const passed = run.status === 0
  const failing = [...run.stdout.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, name]) => name)
  say(passed ? '  tests pass' : `  failing: ${failing.join(', ')}`)
  if (when === 'before') {
    checks.push({
      command: 'node --test (before the change)',
      outcome: passed ? 'passed' : 'failed'
    })
  }
  return { passed }
}

function say(line) {
  console.log(line)
}

function giveUp(why) {
  const status = execFileSync('git', ['status', '--short'], { encoding: 'utf8' }).trim()
  console.error(`stopping: ${why}${status === '' ? '' : `\nchanged so far:\n${status}`}`)
  process.exit(1)
}
