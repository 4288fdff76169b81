/** Keeps agents at work without any work: each waits at a pipe that nobody writes to. */
import { execFile } from 'node:child_process'
import { chmod, open, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Gate {
  /** The agent: ends at once while the gate is open, else when it is opened. */
  readonly command: readonly string[]
  /** Agents that start from now on stay. */
  close(): Promise<void>
  /** Lets go those that wait; later ones end at once. */
  open(): Promise<void>
}

/** Open at first. The folder must be one that runs' users can pass. */
export async function createGate(folder: string): Promise<Gate> {
  const path = join(folder, 'gate')
  const next = join(folder, 'gate.next')

  async function put(make: () => Promise<unknown>): Promise<void> {
    await make()
    await chmod(next, 0o644)
    await rename(next, path)
  }
  await put(() => writeFile(next, 'go\n'))
  return {
    command: ['sh', '-c', `read -r word <'${path}'`],
    close: () => put(() => promisify(execFile)('mkfifo', [next])),
    async open() {
      // Open for both ways, a pipe lets everybody in who waits for its other end; then they read its end.
      const pipe = await open(path, 'r+')
      await put(() => writeFile(next, 'go\n'))
      await pipe.close()
    }
  }
}
