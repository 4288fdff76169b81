// An agent for stories: does, to the letter, what lines beginning with "AGENT:" in its prompt say.
// The newest directives are those of the last block that has any (review, instruction, then issue).
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const { STAGEWRIGHT_PROMPT_FILE, STAGEWRIGHT_RESULT_FILE, STAGEWRIGHT_SESSION_DIR } = process.env
const prompt = readFileSync(STAGEWRIGHT_PROMPT_FILE, 'utf8')
const memory = join(STAGEWRIGHT_SESSION_DIR, 'turns')
const turn = existsSync(memory) ? readFileSync(memory, 'utf8').split('\n').length : 1
appendFileSync(memory, `turn ${turn}\n`)
console.log(`story agent, turn ${turn}`)

const directives = [...prompt.matchAll(/AGENT(\d*): (\w+) ?(.*)/g)]
  .filter(([, only]) => only === '' || Number(only) === turn)
  .map(([, , verb, rest]) => [verb, rest.trim()])
let summary = `Turn ${turn}.`
for (const [verb, rest] of directives) {
  console.log(`> ${verb} ${rest}`)
  if (verb === 'write') {
    const [path, ...words] = rest.split(' ')
    if (dirname(path) !== '.') mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${words.join(' ').replaceAll('\\n', '\n')}\n`)
  } else if (verb === 'sleep') await sleep(Number(rest))
  else if (verb === 'exit') process.exit(Number(rest))
  else if (verb === 'say') summary = rest
  else if (verb === 'result') writeFileSync(STAGEWRIGHT_RESULT_FILE, rest)
}
if (!directives.some(([verb]) => verb === 'result')) {
  writeFileSync(STAGEWRIGHT_RESULT_FILE, JSON.stringify({ summary }))
}
