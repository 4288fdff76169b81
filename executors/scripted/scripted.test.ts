import type { AttemptSpec } from '#app/core/attempt.ts'
import { executorContract } from '#app/testing/contracts/executor.ts'
import { fakeRunnerApp } from '#app/testing/fake-runner-app.ts'
import { type Script, scriptedExecutor } from './index.ts'

const SCRIPT: Script = {
  finish: [
    { do: 'log', text: 'one' },
    { do: 'log', text: 'two' },
    { do: 'log', text: 'three' },
    { do: 'change', files: { 'hello.txt': 'hello\n' } }
  ],
  fail: [
    { do: 'log', text: 'broken' },
    { do: 'result', exitCode: 3 }
  ],
  wait: [{ do: 'log', text: 'waiting' }, { do: 'hang' }],
  chatty: Array.from({ length: 30 }, () => ({ do: 'log', text: '0123456789'.repeat(100) }) as const)
}

executorContract(
  'scripted',
  async () => {
    const app = await fakeRunnerApp()
    const executor = scriptedExecutor(SCRIPT)
    let made = 0
    return {
      executor,
      app,
      spec(behaviour, { id, seconds = 60, logBytes = 1024 * 1024 } = {}): AttemptSpec {
        made += 1
        const attempt = id ?? `script${made}-a1`
        const agent = { name: 'command', command: [behaviour], model: null, reasoning: null }
        const deadlineAt = new Date(Date.now() + seconds * 1000).toISOString()
        const limits = { logBytes, bundleBytes: 8_000_000, sessionBytes: 1_000_000 }
        const token = app.expect({ attempt, run: attempt, agent, deadlineAt, limits })
        return { id: attempt, run: attempt, number: 1, appUrl: app.url, token, agent, deadlineAt }
      },
      second: () => Promise.resolve(executor),
      async cleanup() {
        for await (const id of executor.list()) await executor.destroy(id)
        await app.close()
      }
    }
  },
  { processes: false, adoption: false }
)
