/** Runs `stagewright` in this process and keeps what it says. */
import { main } from '#app/cli/index.ts'

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** One command line with the environment given and nothing else; both streams are no terminals. */
export async function stagewright(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {}
): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      said[name] += text
    }
  })
  const code = await main(args, { env, stdout: stream('stdout'), stderr: stream('stderr') })
  return { code, ...said }
}
