/** `stagewright` with --json as a process of its own, in a folder of its own. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../cli/stagewright.js', import.meta.url))

export interface StartProcess {
  /** Every line of stdout so far, parsed. */
  readonly lines: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** All it wrote to stderr. */
  said(): string
  /** Resolves with the line of this number, from 0; rejects when it ends before. */
  line(number: number): Promise<Readonly<Record<string, unknown>>>
  /** Its exit code, null after a signal. */
  readonly ended: Promise<number | null>
  /** SIGTERM; resolves with the exit code, null after a signal. */
  stop(): Promise<number | null>
}

/** `env` is the whole environment. */
export function startProcess(
  folder: string,
  env: Readonly<Record<string, string>>,
  command: readonly string[] = ['start']
): StartProcess {
  const child = spawn(process.execPath, [PROGRAM, ...command, '--json'], {
    cwd: folder,
    env,
    // With the channel it notices when this process is gone and stops too.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  const lines: Array<Readonly<Record<string, unknown>>> = []
  let [rest, said] = ['', '']
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  const waiting = new Set<() => void>()
  child.stderr?.on('data', data => {
    said += String(data)
  })
  child.stdout?.on('data', data => {
    const parts = `${rest}${data}`.split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.map(part => JSON.parse(part)))
    for (const wake of waiting) wake()
  })
  return {
    lines,
    ended,
    said: () => said,
    line: number =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines[number]
          if (found !== undefined) resolve(found)
        }
        waiting.add(look)
        look()
        void ended.then(code => reject(new Error(`it ended with ${code}:\n${said}`)))
      }),
    stop() {
      child.kill('SIGTERM')
      return ended
    }
  }
}
