/** The app as a child process, so that it can be killed like one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./failpoint-server.ts', import.meta.url))

export interface ChildApp {
  readonly url: string
  readonly pid: number
  /** Resolves with the signal or exit code when it has ended. */
  readonly ended: Promise<string>
  kill(signal?: NodeJS.Signals): Promise<string>
}

/** Starts it and waits until it listens; rejects with what it wrote when it ends before. */
export async function startChild(environment: Readonly<Record<string, string>>): Promise<ChildApp> {
  const { PATH = '' } = process.env
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', PROGRAM],
    {
      env: { PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe']
    }
  )
  let said = ''
  child.stderr?.on('data', data => {
    said = `${said}${data}`.slice(-8000)
  })
  const ended = new Promise<string>(resolve =>
    child.once('exit', (code, signal) => resolve(signal ?? String(code)))
  )
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', data => resolve(String(data).trim()))
    void ended.then(how =>
      reject(new Error(`the app ended with ${how} before it listened:\n${said}`))
    )
  })
  return {
    url,
    pid: child.pid ?? 0,
    ended,
    kill(signal = 'SIGKILL') {
      child.kill(signal)
      return ended
    }
  }
}
