/** A model provider on this machine that plays scripts: for tests and the demo, without key or account. */
import type { Asked } from './asked.ts'
import { createFailures, type Failure, type FailureOrder } from './failures.ts'
import { objectIn } from './json.ts'
import { play } from './play.ts'
import type { ModelRequest } from './requests.ts'
import type { Script } from './script.ts'
import { listenModel, type Reply } from './server.ts'

export interface ScriptedModelOptions {
  /** 0 or nothing: a free one. */
  readonly port?: number
  /** Which script plays for what was asked; null is a clear error to the client and on record. */
  readonly script: (asked: Asked) => Script | null
  /** Names that `GET /v1/models` lists; any name is answered. */
  readonly models?: readonly string[]
}

export interface ScriptedModel {
  /** Base URL of both protocols; clients of OpenAI want `/v1` behind it. */
  readonly url: string
  /** All that was asked so far, oldest first. */
  requests(): readonly ModelRequest[]
  fail(failure: Failure, order?: FailureOrder): void
  /** Forgets failures that were ordered and did not happen yet. */
  clearFailures(): void
  close(): Promise<void>
}

/** Speaks OpenAI Responses and Anthropic Messages on one port. Throws when the port is taken. */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const { port = 0, script, models = ['scripted'] } = options
  const requests: ModelRequest[] = []
  const failures = createFailures()
  const server = await listenModel(port, {
    models,
    reply: (asked, body) => replyTo(asked, body, script),
    failureOf: failures.take,
    seen: request => void requests.push(request)
  })
  return {
    url: server.url,
    requests: () => requests,
    fail: failures.order,
    clearFailures: failures.clear,
    close: server.close
  }
}

function replyTo(asked: Asked, body: unknown, choose: ScriptedModelOptions['script']): Reply {
  if (isSideCall(asked, body))
    return { kind: 'side', answer: { thoughts: [], words: ['OK'], calls: [] } }
  try {
    const script = choose(asked)
    if (script === null) return { kind: 'problem', message: 'no script fits what was asked' }
    return { kind: 'answer', ...play(script, asked) }
  } catch (error) {
    return { kind: 'problem', message: error instanceof Error ? error.message : String(error) }
  }
}

/** The CLIs ask small things beside the work: a title, a summary, whether there is quota left. */
function isSideCall(asked: Asked, body: unknown): boolean {
  const { max_tokens: most } = objectIn(body)
  return asked.tools.length === 0 || most === 1
}
