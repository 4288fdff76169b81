/** One attempt that this host holds alive: its runner, its folders, its launcher process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { AttemptSpec, AttemptState } from '#app/core/attempt.ts'
import { describe } from '#executors/runner/failure.ts'
import { placeBelow } from '#executors/runner/launcher/place.ts'
import { Runner, type RunnerEnd } from '#executors/runner/runner.ts'
import { newFolder, type Owner } from './folders.ts'
import { launcherProgram } from './launcher-program.ts'
import type { Pace } from './pace.ts'
import { endAll, type Seen, see } from './processes.ts'
import { type AttemptRecord, runnerFolder, writeRecord } from './record.ts'

const LAST_WORDS = 4 * 1024

/** What an executor sends to start an attempt. The token stays in this process's memory. */
export interface StartRequest {
  readonly spec: AttemptSpec
  /** User ids to run under; used as root only. */
  readonly uids: { readonly first: number; readonly count: number } | null
  readonly requireIsolation: boolean
  /** PATH of launcher, git and agent. */
  readonly path: string
  readonly maxLogBytes: number
}

export interface HostPlace {
  readonly stateDir: string
  readonly tempDir: string
  /** Folder of this host's sockets, with a short path; other users may enter but not look. */
  readonly socketDir: string
  readonly pace: Pace
}

export class LiveAttempt {
  readonly runner: Runner
  /** Resolves when the attempt has ended and its record says so; what was left running was ended as far as it could be. */
  readonly ended: Promise<AttemptRecord>
  readonly #host: HostPlace
  readonly #request: StartRequest
  readonly #owner: Owner | null
  readonly #socketPath: string
  #record: AttemptRecord
  #launcher: ChildProcess | null = null
  #abandoned = false
  #over = false
  #swept = false

  constructor(host: HostPlace, request: StartRequest, record: AttemptRecord) {
    const { spec } = request
    this.#host = host
    this.#request = request
    this.#record = record
    this.#owner = record.uid === null ? null : { uid: record.uid, gid: record.uid }
    this.#socketPath = join(host.socketDir, digest(spec.id))
    rmSync(this.#socketPath, { force: true })
    this.runner = new Runner({
      appUrl: spec.appUrl,
      token: spec.token,
      deadlineAt: spec.deadlineAt,
      folder: runnerFolder(host.stateDir, spec.id),
      socketPath: this.#socketPath,
      maxLogBytes: request.maxLogBytes,
      runUids: request.uids,
      kill: reason => void this.#endBy(reason)
    })
    this.ended = this.runner.ended.then(end => this.#conclude(end))
    this.#prepare().catch(error => this.runner.placeFailed(error))
  }

  get record(): AttemptRecord {
    return this.#record
  }

  state(): AttemptState {
    return stateOf(this.#record)
  }

  /** True once it has ended and no process of it is left: nobody is there who could start another. */
  get swept(): boolean {
    return this.#swept
  }

  /** Lets go of the app and ends every process; the folders stay for the caller. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    await this.runner.close()
    await this.ended
  }

  /** Also where no launcher was started yet, so that nobody else can say that it ended. */
  async #endBy(reason: string): Promise<void> {
    await this.#endProcesses()
    this.runner.launcherEnded(`it did not end by itself (${reason})`)
  }

  async #prepare(): Promise<void> {
    await this.runner.open()
    chmodSync(this.#socketPath, 0o600)
    const { place } = this.#record
    if (this.#owner !== null) chownSync(this.#socketPath, this.#owner.uid, this.#owner.gid)
    newFolder(place, null)
    const inside = placeBelow(place)
    for (const folder of [inside.home, inside.temp, inside.session, join(place, 'result')]) {
      newFolder(folder, this.#owner)
    }
    newFolder(inside.tree, this.#owner)
    writeFileSync(inside.socketFile, this.#socketPath, { mode: 0o600 })
    if (this.#owner !== null) {
      chownSync(inside.socketFile, this.#owner.uid, this.#owner.gid)
      chownSync(place, this.#owner.uid, this.#owner.gid)
    }
    await this.#host.pace.enter(Promise.race([this.runner.agentStarted, this.runner.ended]))
    if (!this.#abandoned && !this.#over) this.#spawn()
  }

  #spawn(): void {
    const { place } = this.#record
    const owner = this.#owner
    const program = launcherProgram(this.#host.tempDir, owner !== null)
    const path = program.copied === null ? [] : [program.copied.bin]
    const inside = placeBelow(place)
    const launcher = spawn(program.node, [program.script], {
      ...(owner ?? {}),
      cwd: place,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: [...path, this.#request.path].join(delimiter),
        HOME: inside.home,
        TMPDIR: inside.temp,
        LANG: 'C.UTF-8',
        STAGEWRIGHT_PLACE: place,
        STAGEWRIGHT_ISOLATION: this.#record.isolation,
        ...(program.copied === null
          ? {}
          : { STAGEWRIGHT_NODE_INSTEAD_OF: program.copied.insteadOf })
      }
    })
    this.#launcher = launcher
    let words = ''
    launcher.stderr.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-LAST_WORDS)
    })
    launcher.on('error', error => this.runner.placeFailed(error))
    launcher.on('exit', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`
      // Its last words arrive a moment after its end.
      setTimeout(
        () => this.runner.launcherEnded(`${how}${words === '' ? '' : `, ${words.trim()}`}`),
        50
      )
    })
    if (launcher.pid !== undefined) this.#write({ groups: [see(launcher.pid)] })
  }

  async #conclude(end: RunnerEnd): Promise<AttemptRecord> {
    this.#over = true
    this.#swept = await this.#endProcesses()
    if (this.#abandoned) {
      this.#record = { ...this.#record, end }
    } else {
      this.#write({ end })
      await this.runner.close()
    }
    rmSync(this.#socketPath, { force: true })
    return this.#record
  }

  /** What cannot be ended now keeps neither the end nor its record; to destroy needs it gone. */
  async #endProcesses(): Promise<boolean> {
    const { uid, place, groups, id } = this.#record
    const launched = this.#launcher === null ? [] : groups
    try {
      await endAll({ groups: launched, uid, home: placeBelow(place).home })
      return true
    } catch (error) {
      process.stderr.write(`attempt ${id}: ${describe(error)}\n`)
      return false
    }
  }

  #write(change: { readonly groups?: readonly Seen[]; readonly end?: RunnerEnd }): void {
    this.#record = { ...this.#record, ...change }
    try {
      writeRecord(this.#host.stateDir, this.#record)
    } catch (error) {
      // The record serves the next host only; this one knows. With a full disk the run shall still end well.
      this.runner.log.append(`the runner host could not write its record: ${describe(error)}\n`)
    }
  }
}

/** What the port says about an attempt with this record. */
export function stateOf(record: AttemptRecord): AttemptState {
  const { isolation, startedAt, end } = record
  return end === null
    ? { kind: 'running', isolation, startedAt }
    : { kind: 'ended', isolation, ...end }
}

function digest(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 16)
}
