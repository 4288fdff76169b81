/** An executor for tests: plays a script against the app, in this process, with no agent and no child but git. */
import type { AttemptId } from '#app/core/attempt.ts'
import { AppError } from '#app/core/errors.ts'
import type { Executor } from '#app/ports/executor.ts'
import { Play } from './play.ts'
import { readScript, type Script, type ScriptStep } from './script.ts'

export type { Script }

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'

/**
 * `script`: an object, or the path of a JSON file that is read at every start, so a test may rewrite
 * it. Throws AGENT_MISSING for a command that it has no steps for. Attempts end with the process.
 * `path`: where git is found.
 */
export function scriptedExecutor(script: Script | string, path = DEFAULT_PATH): Executor {
  const plays = new Map<AttemptId, Play>()
  return {
    name: 'scripted',
    async start(spec) {
      if (plays.has(spec.id)) return
      const steps = stepsFor(script, spec.agent.command[0] ?? '')
      plays.set(spec.id, new Play(spec, steps, path))
    },
    async inspect(id) {
      return plays.get(id)?.state() ?? { kind: 'absent' }
    },
    async *list() {
      yield* [...plays.keys()].sort()
    },
    logs: (id, signal) => plays.get(id)?.read(signal) ?? none(),
    async destroy(id) {
      const play = plays.get(id)
      await play?.drop()
      if (plays.get(id) === play) plays.delete(id)
    }
  }
}

function stepsFor(script: Script | string, word: string): readonly ScriptStep[] {
  const scripts = typeof script === 'string' ? readScript(script) : script
  const steps = Object.hasOwn(scripts, word) ? scripts[word] : scripts['*']
  if (steps !== undefined) return steps
  const known = Object.keys(scripts).join(', ')
  throw new AppError('AGENT_MISSING', `looking for the script "${word}": there are ${known}`)
}

async function* none(): AsyncGenerator<string> {}
