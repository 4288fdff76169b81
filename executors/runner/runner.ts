/** One attempt's runner: holds the token, speaks to the app, and stands between it and the launcher. */
import { join } from 'node:path'
import type {
  AttemptEnd,
  RunnerEvent,
  RunnerJob,
  RunnerOrder,
  RunnerReport
} from '#app/core/attempt.ts'
import { AppClient, Fenced, GaveUp, Refused } from './app-client.ts'
import { deliver, type HandOver } from './delivery.ts'
import { EventQueue } from './event-queue.ts'
import { describe } from './failure.ts'
import { numberField, parseJson } from './http.ts'
import { LauncherDoor } from './launcher-door.ts'
import type { RunUids } from './listener.ts'
import { LogSpool } from './log-spool.ts'
import { bareReport } from './report.ts'

/** After a stop or the deadline the launcher may still hand over for so long before it is killed. */
const HAND_OVER_MS = 60_000
/** How long after the deadline the app is still tried; the token outlives the deadline by ten minutes. */
const DELIVERY_MS = 120_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface RunnerStart {
  readonly appUrl: string
  readonly token: string
  /** ISO time; the claim may bring an earlier one. */
  readonly deadlineAt: string
  /** A folder that the agent's user cannot read. */
  readonly folder: string
  /** Where the launcher finds us; at most 107 bytes, the limit of a Unix socket's path. */
  readonly socketPath: string
  /** The smaller of this and the app's limit holds. */
  readonly maxLogBytes: number
  /** Users of runs on this machine, whose word is not the app's. */
  readonly runUids?: RunUids | null
  /** Ends the launcher and the agent at once; called when they do not end by themselves. */
  readonly kill: (reason: string) => void
}

export interface RunnerEnd {
  readonly end: AttemptEnd
  readonly exitCode: number | null
  readonly message: string
}

export class Runner {
  readonly client: AppClient
  readonly log: LogSpool
  readonly events: EventQueue
  readonly job: Promise<RunnerJob>
  readonly ended: Promise<RunnerEnd>
  /** Resolves when the agent has been started. */
  readonly agentStarted: Promise<void>
  readonly #start: RunnerStart
  readonly #door: LauncherDoor
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #handOver: HandOver = { session: null, bundle: null }
  #end: (end: RunnerEnd) => void = () => undefined
  #noteStart: () => void = () => undefined
  #order: RunnerOrder = { order: 'continue', reason: null }
  #reported = false
  #closed = false

  constructor(start: RunnerStart) {
    this.#start = start
    const deadline = Date.parse(start.deadlineAt)
    this.client = new AppClient({ ...start, giveUpAt: deadline + DELIVERY_MS })
    this.log = new LogSpool({
      file: logFile(start.folder),
      capBytes: start.maxLogBytes,
      first: async () => this.#next(await this.client.call({ method: 'GET', path: '/logs' })),
      send: chunk => this.#sendLog(chunk.seq, { at: chunk.at, text: chunk.text })
    })
    this.events = new EventQueue(
      async events => this.#next(await this.client.call(post('/events', { events }))),
      message => this.log.append(`stagewright: ${message}\n`)
    )
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
    this.agentStarted = new Promise(resolve => {
      this.#noteStart = resolve
    })
    this.#door = new LauncherDoor(this, start.socketPath)
    this.#after(Date.parse(start.deadlineAt) - Date.now(), () => this.stop('deadline'))
    this.job = this.#claim()
    this.job.then(
      job => this.#heartbeat(job),
      error => this.#lose(error)
    )
  }

  get folder(): string {
    return this.#start.folder
  }

  get handOver(): HandOver {
    return this.#handOver
  }

  get order(): RunnerOrder {
    return this.#order
  }

  /** Opens the socket; resolves when a launcher may come. */
  open(): Promise<void> {
    return this.#door.open()
  }

  /** Asks the launcher to end the agent and hand over; after a minute it is ended from outside. */
  stop(reason: string): void {
    if (this.#order.order === 'stop' || this.#closed) return
    this.#order = { order: 'stop', reason }
    this.#after(HAND_OVER_MS, () => this.#start.kill(reason))
  }

  hear(event: RunnerEvent): void {
    if (event.type === 'agent.started') this.#noteStart()
    this.events.add(event)
  }

  /** The launcher's last word; what follows goes to the app in order. Repeats are ignored. */
  accept(report: RunnerReport): void {
    if (this.#reported || this.#closed) return
    this.#reported = true
    this.#finish(report).catch(error => this.#lose(error))
  }

  /** The launcher is gone. Without a report this is the report. */
  launcherEnded(how: string): void {
    const reason = this.#order.reason
    if (this.#order.order === 'stop') {
      this.accept(bareReport('stopped', `ended by order (${reason}) before it could hand over`))
      return
    }
    this.accept(bareReport('place_failed', `the launcher ended without a result: ${how}`))
  }

  /** The place could not be made or the launcher not started. */
  placeFailed(error: unknown): void {
    this.accept(bareReport('place_failed', `preparing the place: ${describe(error)}`))
  }

  /** Lets everything go at once, without another word to the app. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#end({ end: 'killed', exitCode: null, message: 'destroyed' })
    for (const timer of this.#timers) clearTimeout(timer)
    this.client.close()
    this.log.dispose()
    await this.#door.close()
  }

  async #claim(): Promise<RunnerJob> {
    const answer = await this.client.call({ method: 'POST', path: '/claim' })
    const job = parseJson(answer.body) as RunnerJob
    this.log.limit(job.limits.logBytes)
    const early = Date.parse(job.deadlineAt) < Date.parse(this.#start.deadlineAt)
    if (!early) return { ...job, deadlineAt: this.#start.deadlineAt }
    this.#after(Date.parse(job.deadlineAt) - Date.now(), () => this.stop('deadline'))
    return job
  }

  #heartbeat(job: RunnerJob): void {
    const beat = async (): Promise<void> => {
      try {
        const body = { method: 'POST', path: '/heartbeat', body: '{}', headers: JSON_TYPE }
        const order = parseJson(
          (await this.client.call({ ...body, once: true })).body
        ) as RunnerOrder
        if (order.order === 'stop') this.stop(order.reason ?? 'asked by the app')
      } catch (error) {
        // A missed heartbeat is made good by the next one; only a fence ends the attempt.
        if (error instanceof Fenced) this.#lose(error)
      }
      this.#after(job.heartbeatSeconds * 1000, beat)
    }
    this.#after(job.heartbeatSeconds * 1000, beat)
  }

  async #finish(report: RunnerReport): Promise<void> {
    await this.job
    this.log.close()
    const said = await deliver(this, report)
    this.#end(endOf(said, this.#order.reason === 'deadline'))
  }

  #lose(error: unknown): void {
    if (this.#closed) return
    this.#reported = true
    this.log.close()
    if (error instanceof Fenced) {
      this.#end({
        end: 'killed',
        exitCode: null,
        message: `the app ended the attempt: ${error.message}`
      })
    } else if (error instanceof GaveUp) {
      this.#end({ end: 'lost', exitCode: null, message: error.message })
    } else {
      this.#end({ end: 'failed', exitCode: null, message: describe(error) })
    }
  }

  async #sendLog(seq: number, chunk: { at: string; text: string }): Promise<number> {
    try {
      const call = { method: 'PUT', path: `/logs/${seq}`, body: JSON.stringify(chunk) }
      return this.#next(await this.client.call({ ...call, headers: JSON_TYPE }), seq + 1)
    } catch (error) {
      const next = error instanceof Refused ? numberField(error.answer, 'next') : null
      if (error instanceof Refused && error.status === 409 && next !== null) return next
      throw error
    }
  }

  #next(answer: { readonly body: Buffer }, otherwise = 1): number {
    return numberField(parseJson(answer.body), 'next') ?? otherwise
  }

  #after(ms: number, work: () => void): void {
    if (this.#closed) return
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        work()
      },
      Math.min(Math.max(ms, 0), LONGEST_TIMER_MS)
    )
    this.#timers.add(timer)
  }
}

/** Where the log of an attempt lies in the runner's folder. */
export function logFile(folder: string): string {
  return join(folder, 'log')
}

const JSON_TYPE = { 'content-type': 'application/json' }

function post(
  path: string,
  body: unknown
): { method: string; path: string; body: string; headers: typeof JSON_TYPE } {
  return { method: 'POST', path, body: JSON.stringify(body), headers: JSON_TYPE }
}

function endOf(report: RunnerReport, deadline: boolean): RunnerEnd {
  const ends = { finished: 'finished', agent_failed: 'failed', place_failed: 'failed' } as const
  const end =
    report.outcome === 'stopped' ? (deadline ? 'deadline' : 'killed') : ends[report.outcome]
  return { end, exitCode: report.exitCode, message: report.message ?? '' }
}
