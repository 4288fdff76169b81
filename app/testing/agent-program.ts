/** A small real program that behaves as agents do. Its first argument says how. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [mode = ''] = process.argv.slice(2)
const resultFile = process.env.STAGEWRIGHT_RESULT_FILE ?? ''
const sessionDir = process.env.STAGEWRIGHT_SESSION_DIR ?? ''

const MODES: Readonly<Record<string, () => void>> = {
  result() {
    const prompt = readFileSync(process.env.STAGEWRIGHT_PROMPT_FILE ?? '', 'utf8')
    process.stdout.write(`working on: ${prompt}\n`)
    writeFileSync(resultFile, JSON.stringify({ summary: 'done as asked' }))
  },
  silent() {
    process.stdout.write('looked around\nchanged nothing, because all is well')
  },
  fails() {
    process.stderr.write('cannot go on\n')
    process.exitCode = 7
  },
  noisy() {
    process.stdout.write(Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]))
    process.stdout.write('{"type":"not.ours","n":1}\n{"broken\n')
    process.stdout.write(`${'x'.repeat(3_000_000)}\n`)
    process.stdout.write('the end\n')
  },
  session() {
    const file = join(sessionDir, 'memory.txt')
    const before = existsSync(file) ? readFileSync(file, 'utf8') : 'nothing'
    process.stdout.write(`resumed ${process.env.STAGEWRIGHT_SESSION_RESUMED}: ${before}\n`)
    appendFileSync(file, 'was here.')
  }
}

MODES[mode]?.()
