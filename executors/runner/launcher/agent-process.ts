/** Starts the agent in a process group of its own, reads what it prints, and ends the group. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunnerEvent } from '#app/core/attempt.ts'
import type { Agent } from '#executors/runner/agents/agent.ts'
import { LineSplitter, Tail } from './lines.ts'

/** Between TERM and KILL. */
const GRACE_MS = 5_000
/** What an agent leaves running after its own end gets less. */
const LEFTOVER_GRACE_MS = 1_000
const LAST_LINES_BYTES = 4 * 1024
/** A longer line stands in the log up to here. */
const MOST_LOG_LINE = 8 * 1024

export interface AgentProcess {
  readonly agent: Agent
  readonly argv: readonly string[]
  /** As in `AgentCommand`. */
  readonly stdinFile: string | null
  /** As the program says it; null when it was not asked. */
  readonly version: string | null
  readonly cwd: string
  /** The whole environment of the agent. */
  readonly env: Readonly<Record<string, string>>
  /** Ends the agent and all of its group. */
  readonly stop: AbortSignal
  /** Takes out of a line, before anybody reads it, what may not leave this machine. */
  readonly hide: (line: string) => string
  /** One line for the log; the agent is read no further until this resolves. */
  readonly log: (line: string) => Promise<void>
  readonly event: (type: RunnerEvent['type'], data: RunnerEvent['data']) => void
  readonly graceMs?: number
}

export interface AgentEnd {
  /** Null when it was ended by a signal. */
  readonly exitCode: number | null
  readonly signal: string | null
  readonly sessionId: string | null
  /** A result that the agent printed; its result file goes before this. */
  readonly result: string | null
  /** Why it gave up, in its own words; null when it did not say so. */
  readonly failure: string | null
  readonly lastLines: string
}

/** Runs the agent to its end. Throws when it cannot be started. */
export async function runAgent(run: AgentProcess): Promise<AgentEnd> {
  const reader = new Reader(run)
  const stdin = run.stdinFile === null ? null : await open(run.stdinFile)
  const { child, pid, pumps } = await start(run, { stdin, reader }).finally(() => stdin?.close())
  const onStop = (): void => void endGroup(pid, run.graceMs ?? GRACE_MS)
  run.stop.addEventListener('abort', onStop, { once: true })
  if (run.stop.aborted) onStop()
  const { exitCode, signal } = await exited(child)
  run.stop.removeEventListener('abort', onStop)
  await endGroup(pid, run.stop.aborted ? (run.graceMs ?? GRACE_MS) : LEFTOVER_GRACE_MS)
  // A process that left the group may still hold the pipe; the runner host finds and ends it.
  await Promise.race([Promise.all(pumps), delay(2_000, undefined, { ref: false })])
  child.stdout.destroy()
  child.stderr.destroy()
  await Promise.all(pumps)
  run.event('agent.ended', { exitCode, signal })
  return { exitCode, signal, ...reader.found() }
}

async function start(
  { agent, argv, version, cwd, env, event }: AgentProcess,
  { stdin, reader }: { readonly stdin: FileHandle | null; readonly reader: Reader }
): Promise<{
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly pid: number
  readonly pumps: readonly Promise<void>[]
}> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: [stdin?.fd ?? 'ignore', 'pipe', 'pipe'],
    detached: true
  }) as ChildProcessByStdio<null, Readable, Readable>
  // At once: what an agent printed that has ended before somebody reads it is thrown away by Node.
  const pumps = [reader.pump(child.stdout, true), reader.pump(child.stderr, false)]
  const pid = await spawned(child, program)
  event('agent.started', { agent: agent.name, program, pid, version })
  return { child, pid, pumps }
}

/** TERM to the group, KILL to what is left of it after the grace. Safe when nothing is left. */
async function endGroup(pid: number, graceMs: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return
  for (const end = Date.now() + graceMs; Date.now() < end; ) {
    await delay(Math.min(50, graceMs))
    if (!signalGroup(pid, 0)) return
  }
  signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    // ESRCH: the group is empty, which is what every caller wants to hear.
    return false
  }
}

function spawned(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0))
    child.once('error', cause =>
      reject(new Error(`starting ${program}: ${cause.message}`, { cause }))
    )
  })
}

function exited(child: ChildProcess): Promise<{ exitCode: number | null; signal: string | null }> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ exitCode: child.exitCode, signal: child.signalCode })
      return
    }
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
}

class Reader {
  readonly #run: AgentProcess
  readonly #tail = new Tail(LAST_LINES_BYTES)
  #sessionId: string | null = null
  #result: string | null = null
  #failure: string | null = null

  constructor(run: AgentProcess) {
    this.#run = run
  }

  found(): Omit<AgentEnd, 'exitCode' | 'signal'> {
    return {
      sessionId: this.#sessionId,
      result: this.#result,
      failure: this.#failure,
      lastLines: this.#tail.text
    }
  }

  /** Reads to the end; the signs of the agent stand in its standard output only. */
  async pump(stream: Readable, signs: boolean): Promise<void> {
    const splitter = new LineSplitter()
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        for (const line of splitter.push(chunk)) await this.#line(line.text, line.cut, signs)
      }
    } catch {
      // The stream is destroyed on purpose when a stray process holds it open after the end.
    }
    for (const line of splitter.end()) await this.#line(line.text, line.cut, signs)
  }

  async #line(raw: string, cut: boolean, signs: boolean): Promise<void> {
    // First of all: what is cut later may begin or end in the middle of an address.
    const text = this.#run.hide(raw)
    const sign = signs && !cut ? this.#run.agent.parse(text) : null
    if (sign === null) return this.#print(text)
    for (const event of sign.events) this.#run.event(event.type, event.data)
    this.#sessionId = sign.sessionId ?? this.#sessionId
    this.#result = sign.result ?? this.#result
    if (sign.failure !== undefined) this.#failure = sign.failure
    for (const line of sign.lines ?? [text]) await this.#print(line)
  }

  async #print(text: string): Promise<void> {
    const more = text.length - MOST_LOG_LINE
    const line = more > 0 ? `${text.slice(0, MOST_LOG_LINE)} … (${more} more)` : text
    const clean = line.replaceAll('\0', '\uFFFD')
    this.#tail.add(clean)
    await this.#run.log(clean)
  }
}
