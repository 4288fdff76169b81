/** One scripted attempt: plays its steps against the app as a real runner would. */
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type {
  AttemptSpec,
  AttemptState,
  RunnerJob,
  RunnerOrder,
  RunnerReport
} from '#app/core/attempt.ts'
import { callApp } from './app.ts'
import { makeChange } from './change.ts'
import { type End, endBy, endOf, FINISHED, Vanished } from './end.ts'
import type { ScriptStep } from './script.ts'

const LAST_LINES = 4 * 1024

export class Play {
  readonly ended: Promise<void>
  readonly lines: string[] = []
  readonly #spec: AttemptSpec
  /** PATH in which git is found. */
  readonly #path: string
  readonly #startedAt = new Date().toISOString()
  readonly #dropped = new AbortController()
  readonly #stop = new AbortController()
  readonly #watchers = new Set<() => void>()
  #end: End | null = null
  #eventSeq = 0
  #logSeq = 0
  #logBytes = 0
  #report: RunnerReport

  constructor(spec: AttemptSpec, steps: readonly ScriptStep[], path: string) {
    this.#spec = spec
    this.#path = path
    this.#report = FINISHED
    this.ended = this.#play(steps)
      .catch(error => this.#conclude(error))
      .finally(() => this.#notify())
  }

  state(): AttemptState {
    return this.#end === null
      ? { kind: 'running', isolation: 'none', startedAt: this.#startedAt }
      : { kind: 'ended', isolation: 'none', ...this.#end }
  }

  /** Ends it without another word to the app. */
  async drop(): Promise<void> {
    this.#dropped.abort()
    await this.ended
  }

  async *read(signal: AbortSignal): AsyncGenerator<string> {
    for (let at = 0; !signal.aborted; ) {
      const line = this.lines[at]
      if (line !== undefined) {
        at += 1
        yield line
      } else if (this.#end !== null) return
      else await this.#change(signal)
    }
  }

  async #play(steps: readonly ScriptStep[]): Promise<void> {
    const job = (await this.#call('POST', '/claim')) as RunnerJob
    const deadlineAt = Math.min(Date.parse(job.deadlineAt), Date.parse(this.#spec.deadlineAt))
    const deadline = setTimeout(() => this.#stop.abort('deadline'), deadlineAt - Date.now())
    const beating = this.#heartbeat(job)
    try {
      await this.#event('agent.started', { agent: job.agent.name, program: 'script' })
      await this.#steps(job, steps)
      const { exitCode, signal } = this.#report
      await this.#event('agent.ended', { exitCode, signal })
      await this.#call('POST', '/result', JSON.stringify(this.#report))
      this.#end = endOf(this.#report, this.#stop.signal.reason === 'deadline')
    } finally {
      clearTimeout(deadline)
      this.#dropped.abort()
      await beating
    }
  }

  async #steps(job: RunnerJob, steps: readonly ScriptStep[]): Promise<void> {
    for (const step of steps) {
      if (this.#stop.signal.aborted) break
      await this.#step(job, step)
    }
    if (!this.#stop.signal.aborted) return
    const message = `the script was ended: ${String(this.#stop.signal.reason)}`
    this.#report = { ...this.#report, outcome: 'stopped', exitCode: null, message }
  }

  async #step(job: RunnerJob, step: ScriptStep): Promise<void> {
    if (step.do === 'log') return this.#log(job, step.text)
    if (step.do === 'event') return this.#event(step.type, step.data ?? {})
    if (step.do === 'wait') return this.#pause(step.ms)
    if (step.do === 'hang') return this.#pause(2 ** 31 - 1)
    if (step.do === 'change') return this.#bundle(job, step)
    if (step.do === 'session') return this.#session(job, step.files)
    if (step.do === 'crash') throw new Vanished('lost', null, 'the script crashed its runner')
    if (step.do === 'exit') {
      throw new Vanished('failed', step.code, `the runner ended with ${step.code} and no result`)
    }
    const exitCode = step.exitCode ?? 0
    this.#report = {
      ...this.#report,
      exitCode,
      outcome: step.outcome ?? (exitCode === 0 ? 'finished' : 'agent_failed'),
      message:
        step.message ?? (exitCode === 0 ? null : `the agent ended with exit code ${exitCode}`),
      report: step.report === undefined ? null : JSON.stringify(step.report)
    }
  }

  async #log(job: RunnerJob, text: string): Promise<void> {
    const room = job.limits.logBytes - this.#logBytes
    if (room <= 0) return
    const bytes = Buffer.byteLength(text) + 1
    this.#logBytes += bytes
    const capped = `log cap reached: ${job.limits.logBytes} bytes are kept`
    const line = bytes <= room ? text : `${text.slice(0, room)}\n${capped}`
    this.lines.push(...line.split('\n'))
    this.#notify()
    const lastLines = `${this.#report.lastLines}\n${text}`.trimStart().slice(-LAST_LINES)
    this.#report = { ...this.#report, lastLines }
    this.#logSeq += 1
    const chunk = { at: new Date().toISOString(), text: `${line}\n` }
    await this.#call('PUT', `/logs/${this.#logSeq}`, JSON.stringify(chunk))
  }

  async #event(type: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    this.#eventSeq += 1
    const events = [{ seq: this.#eventSeq, type, at: new Date().toISOString(), data }]
    await this.#call('POST', '/events', JSON.stringify({ events }))
  }

  async #bundle(job: RunnerJob, step: Parameters<typeof makeChange>[2]): Promise<void> {
    const { bytes, sha256, headSha } = await makeChange(
      this.#spec,
      { ...job, path: this.#path },
      step
    )
    await this.#call('PUT', '/bundle', bytes, { 'x-content-sha256': sha256 })
    this.#report = { ...this.#report, headSha, bundle: { sha256, bytes: bytes.length } }
    await this.#event('bundle.made', { head: headSha, bytes: bytes.length })
  }

  /** The same form as the launcher's: gzip of JSON lines. */
  async #session(job: RunnerJob, files: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries(files).map(([path, text]) => {
      return `${JSON.stringify({ path, mode: 0o600, data: Buffer.from(text).toString('base64') })}\n`
    })
    const packed = await promisify(gzip)(lines.join(''))
    const headers = { 'x-session-id': '', 'x-session-agent': job.agent.name }
    await this.#call('PUT', '/session', packed, headers)
    await this.#event('session.saved', { bytes: packed.length })
  }

  async #heartbeat(job: RunnerJob): Promise<void> {
    const signal = this.#dropped.signal
    while (!signal.aborted) {
      try {
        await delay(job.heartbeatSeconds * 1000, undefined, { signal })
        const order = (await this.#call('POST', '/heartbeat', '{}')) as RunnerOrder
        if (order.order === 'stop') this.#stop.abort(order.reason ?? 'asked by the app')
      } catch (error) {
        if (signal.aborted) return
        // Any step that talks to the app hears the same; one that waits must be woken.
        this.#end ??= endBy(error)
        this.#stop.abort('the app ended the attempt')
        this.#dropped.abort()
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#dropped.signal])
    try {
      await delay(ms, undefined, { signal })
    } catch (error) {
      // A stop ends the wait and the script goes on to its report; a drop ends everything.
      if (!this.#stop.signal.aborted) throw error
    }
  }

  #call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: string | Buffer,
    headers?: Readonly<Record<string, string>>
  ): Promise<unknown> {
    return callApp(this.#spec, { method, path, body, headers }, this.#dropped.signal)
  }

  #conclude(error: unknown): void {
    this.#end ??= endBy(error)
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        this.#watchers.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#watchers.add(done)
      signal.addEventListener('abort', done)
    })
  }
}
