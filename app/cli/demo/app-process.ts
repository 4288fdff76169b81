/** One `stagewright start` as a process of its own, as on a server. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../stagewright.js', import.meta.url))
const START_MS = 60_000
const STOP_MS = 20_000
const LOG_LINES = 30

export interface AppProcess {
  readonly url: string
  readonly pid: number
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<string>
  /** SIGTERM, and SIGKILL when it has not ended after 20 s. Safe twice. */
  stop(): Promise<void>
  /** SIGKILL, as a crash. */
  kill(): Promise<void>
}

export interface AppProcessOptions {
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>
  /** What it writes to stderr goes here; made when missing, and kept over restarts. */
  readonly logFile: string
}

/** Starts it and waits until it listens. Throws an Error with the last lines of its log when it ends before. */
export async function startAppProcess(options: AppProcessOptions): Promise<AppProcess> {
  const log = openSync(options.logFile, 'a', 0o600)
  const words = [PROGRAM, 'start', '--json']
  const child = spawn(process.execPath, words, {
    cwd: '/',
    env: options.environment,
    // With the channel it notices when this process is gone and stops too.
    stdio: ['ignore', 'pipe', log, 'ipc'],
    // Ctrl-C is this process's to handle, and stops come in its order.
    detached: true
  })
  closeSync(log)
  const ended = endOf(child)
  try {
    const url = await Promise.race([
      listening(child),
      ended.then(async how => {
        throw new Error(
          `the app ended with ${how} before it listened:\n${await lastLines(options.logFile)}`
        )
      }),
      delay(START_MS, undefined, { ref: false }).then(() => {
        throw new Error(`the app did not listen within ${START_MS / 1000} s`)
      })
    ])
    return handle(child, url, ended)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

function handle(child: ChildProcess, url: string, ended: Promise<string>): AppProcess {
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    const inTime = await Promise.race([
      ended.then(() => true),
      delay(STOP_MS, false, { ref: false })
    ])
    if (inTime) return
    child.kill('SIGKILL')
    await ended
  }
  return {
    url,
    pid: child.pid ?? 0,
    ended,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL')
  }
}

/** The address, from the one line that `start --json` prints. */
async function listening(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk)
    const [line, rest] = text.split('\n', 2)
    if (line === undefined || rest === undefined) continue
    const { url } = JSON.parse(line) as { readonly url: string }
    return url
  }
  return new Promise(() => {
    // Its stdout closed without the line: it is ending, which `ended` reports.
  })
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}

/** The end of a log for a person; '' when there is none. */
export async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-LOG_LINES).map(readable).join('\n')
}

/** pino's line as words: its message first, then the fields. */
function readable(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    const { level, time, msg, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
    const word = LEVELS[String(level)] ?? level
    return `${new Date(Number(time)).toISOString().slice(11, 23)} ${word} ${msg} ${JSON.stringify(fields)}`
  } catch {
    // Half a line, as a killed process leaves it.
    return line
  }
}

const LEVELS: Readonly<Record<string, string>> = {
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal'
}
