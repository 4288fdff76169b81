/** Programs of the benchmark as child processes that answer over their channel. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly pid: number
  /** The next message; rejects when the process ends before. */
  next(): Promise<unknown>
  send(message: object): void
  stop(): Promise<void>
}

/** `program` beside this file; what it says goes to our stderr. Ends with this process at the latest. */
export function startChild(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>
): Child {
  const { PATH = '' } = process.env
  const child: ChildProcess = fork(fileURLToPath(new URL(program, import.meta.url)), [...words], {
    env: { PATH, ...environment },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  const ended = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    next: async () => {
      const [message] = await Promise.race([
        once(child, 'message'),
        ended.then(([code, signal]) => {
          throw new Error(`${program} ${words.join(' ')} ended with ${signal ?? code}`)
        })
      ])
      return message
    },
    send: message => void child.send(message),
    stop: async () => {
      if (child.connected) child.disconnect()
      await ended
    }
  }
}
