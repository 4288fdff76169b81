/** Every attempt of this machine's state folder: those that live here, and what earlier hosts left. */

import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { AttemptId, AttemptSpec, AttemptState, Isolation } from '#app/core/attempt.ts'
import { AGENTS, findAgent } from '#executors/runner/agents/index.ts'
import { describe, fail } from '#executors/runner/failure.ts'
import { placeBelow } from '#executors/runner/launcher/place.ts'
import { readLeftLog } from '#executors/runner/log-spool.ts'
import { logFile } from '#executors/runner/runner.ts'
import { type HostPlace, LiveAttempt, type StartRequest, stateOf } from './attempt.ts'
import { newFolder, ownFolder, removeFolder, removePlace } from './folders.ts'
import { endAll, usersWithProcesses } from './processes.ts'
import { closedToOthers } from './reach.ts'
import {
  type AttemptRecord,
  attemptFolder,
  attemptsFolder,
  isAttemptId,
  listAttempts,
  lostEnd,
  readRecord,
  runnerFolder,
  writeRecord
} from './record.ts'
import { adoptUid, claimUid, freeUid, heldUid } from './uids.ts'

/** Below our folder of short-lived things, for a state folder that other users cannot enter. */
const ELSEWHERE = 'places-'

export class Attempts {
  readonly #host: HostPlace
  readonly #live = new Map<AttemptId, LiveAttempt>()
  /** Ended ones whose record could not be written, or that could not be destroyed yet. */
  readonly #unwritten = new Map<AttemptId, AttemptRecord>()
  readonly #destroying = new Map<AttemptId, Promise<void>>()
  /** Ended here with no process left, and not destroyed yet. */
  readonly #swept = new Set<AttemptId>()

  constructor(host: HostPlace) {
    this.#host = host
    const folder = attemptsFolder(host.stateDir)
    if (!existsSync(folder)) mkdirSync(folder)
    chmodSync(folder, 0o711)
  }

  /** How many attempts have not ended, or are being destroyed. */
  get busy(): number {
    return this.#live.size + this.#destroying.size
  }

  /**
   * Ends what a dead host left running and writes down that it is lost. Once, before anything else.
   * Each attempt for itself: one that cannot be read, ended or written down must not stop the host.
   */
  async recover(): Promise<void> {
    await Promise.all(listAttempts(this.#host.stateDir).map(id => this.#recover(id)))
  }

  /** As the executor port's `start`; the same attempt again only brings a newer token and address. */
  async start(request: StartRequest): Promise<void> {
    const { spec } = request
    if (!isAttemptId(spec.id)) {
      throw fail('INVALID_ARGUMENT', `starting attempt "${spec.id}": not an attempt id`)
    }
    const used = request.uids === null ? new Set<number>() : await usersWithProcesses()
    await this.#destroying.get(spec.id)
    const live = this.#live.get(spec.id)
    if (live !== undefined) live.runner.client.retarget(spec.appUrl, spec.token)
    if (live !== undefined || this.#record(spec.id) !== null) return
    if (findAgent(spec.agent.name) === null) {
      const known = Object.keys(AGENTS).join(', ')
      throw fail('AGENT_UNKNOWN', `starting agent "${spec.agent.name}": known are ${known}`)
    }
    this.#begin(request, used)
  }

  inspect(id: AttemptId): AttemptState {
    const record = this.#record(id)
    return record === null ? { kind: 'absent' } : stateOf(record)
  }

  list(): readonly AttemptId[] {
    const held = [...this.#live.keys(), ...this.#unwritten.keys()]
    return [...new Set([...listAttempts(this.#host.stateDir), ...held])].sort()
  }

  /** The log from its start, then as it comes. */
  log(id: AttemptId, signal: AbortSignal): AsyncIterable<Buffer> {
    const live = this.#live.get(id)
    if (live !== undefined) return live.runner.log.read(signal)
    return readLeftLog(logFile(runnerFolder(this.#host.stateDir, isAttemptId(id) ? id : '-')))
  }

  destroy(id: AttemptId): Promise<void> {
    if (!isAttemptId(id)) return Promise.resolve()
    const under = this.#destroying.get(id)
    if (under !== undefined) return under
    const work = this.#destroy(id).finally(() => this.#destroying.delete(id))
    this.#destroying.set(id, work)
    return work
  }

  #record(id: AttemptId): AttemptRecord | null {
    const held = this.#live.get(id)?.record ?? this.#unwritten.get(id)
    if (held !== undefined) return held
    if (!isAttemptId(id)) return null
    const { stateDir } = this.#host
    const record = readRecord(stateDir, id)
    if (record !== null || !existsSync(attemptFolder(stateDir, id))) return record
    return this.#lost(id)
  }

  async #recover(id: AttemptId): Promise<void> {
    const { stateDir, tempDir } = this.#host
    try {
      const written = readRecord(stateDir, id)
      const record = written ?? this.#lost(id)
      if (written === null || written.end === null) {
        const end = record.end ?? lostEnd('the runner host died while the attempt ran')
        this.#unwritten.set(id, { ...record, end })
        await endAll(belongings(record))
        writeRecord(stateDir, { ...record, end })
        this.#unwritten.delete(id)
      }
      // Until here its folder keeps the id from others.
      if (record.uid !== null) adoptUid(tempDir, record.uid, attemptFolder(stateDir, id))
    } catch (error) {
      // It stays known as lost; destroying it tries the rest again.
      process.stderr.write(`taking over attempt ${id}: ${describe(error)}\n`)
    }
  }

  /** A record for an attempt of which only its folder tells, and the lock of its user id. */
  #lost(id: AttemptId): AttemptRecord {
    const { stateDir, tempDir } = this.#host
    const root = process.geteuid?.() === 0
    const uid = root ? heldUid(tempDir, attemptFolder(stateDir, id)) : null
    const end = lostEnd('it died while it was prepared, or its record cannot be read')
    return { ...this.#newRecord(id, uid, uid === null ? 'none' : 'uid'), end }
  }

  #begin(request: StartRequest, used: ReadonlySet<number>): void {
    const { spec, uids, requireIsolation } = request
    const { stateDir, tempDir } = this.#host
    const isolated = uids !== null && process.geteuid?.() === 0
    if (requireIsolation && !isolated) throw notIsolated(uids === null)
    let record = this.#newRecord(spec.id, null, 'none')
    try {
      this.#makeFolders(spec)
      if (isolated) {
        const folder = attemptFolder(stateDir, spec.id)
        const uid = claimUid(tempDir, uids, { folder, used })
        record = this.#newRecord(spec.id, uid, 'uid')
      }
      writeRecord(stateDir, record)
      const live = new LiveAttempt(this.#host, request, record)
      this.#live.set(spec.id, live)
      live.ended.then(ended => this.#conclude(live, ended))
    } catch (error) {
      this.#undo(record)
      if (error instanceof Error && error.name === 'RunnerFailure') throw error
      const end = { end: 'failed', exitCode: null, message: describe(error) } as const
      this.#unwritten.set(spec.id, { ...record, uid: null, end })
    }
  }

  #conclude(live: LiveAttempt, ended: AttemptRecord): void {
    if (live.swept) this.#swept.add(ended.id)
    if (this.#live.get(ended.id) !== live) return
    this.#live.delete(ended.id)
    const written = readRecord(this.#host.stateDir, ended.id)
    if (written?.end === null) this.#unwritten.set(ended.id, ended)
  }

  async #destroy(id: AttemptId): Promise<void> {
    const { stateDir, tempDir } = this.#host
    const live = this.#live.get(id)
    if (live !== undefined) {
      await live.abandon()
      // Should the rest fail, the attempt and its user id stay known, and the sweep comes again.
      this.#unwritten.set(id, live.record)
      this.#live.delete(id)
    }
    const record = this.#record(id)
    if (record === null) return
    if (!this.#swept.has(id)) await endAll(belongings(record))
    const { place, uid } = record
    await removePlace(place, uid === null ? null : { uid, gid: uid })
    await this.#tidy(place)
    await removeFolder(attemptFolder(stateDir, id))
    if (uid !== null) freeUid(tempDir, uid)
    this.#unwritten.delete(id)
    this.#swept.delete(id)
  }

  /** The folder for places elsewhere goes with the last of them. */
  async #tidy(place: string): Promise<void> {
    const folder = dirname(place)
    if (!basename(folder).startsWith(ELSEWHERE)) return
    try {
      await rmdir(folder)
    } catch {
      // Another attempt still has its place there, or another host took the last one out.
    }
  }

  #makeFolders(spec: AttemptSpec): void {
    const folder = attemptFolder(this.#host.stateDir, spec.id)
    newFolder(folder, null)
    chmodSync(folder, 0o711)
    newFolder(runnerFolder(this.#host.stateDir, spec.id), null)
  }

  #undo(record: AttemptRecord): void {
    rmSync(attemptFolder(this.#host.stateDir, record.id), { recursive: true, force: true })
    if (record.uid !== null) freeUid(this.#host.tempDir, record.uid)
  }

  #newRecord(id: AttemptId, uid: number | null, isolation: Isolation): AttemptRecord {
    const startedAt = new Date().toISOString()
    return { id, startedAt, isolation, uid, place: this.#place(id, uid), groups: [], end: null }
  }

  /** Below the attempt's folder; elsewhere when the run's user could not get there. */
  #place(id: AttemptId, uid: number | null): string {
    const { stateDir, tempDir } = this.#host
    const attempts = attemptsFolder(stateDir)
    if (uid === null || closedToOthers(attempts, 'enter') === null) {
      return join(attemptFolder(stateDir, id), 'place')
    }
    const base = ownFolder(join(tempDir, `stagewright-${process.geteuid?.() ?? 0}`), 0o711)
    const hash = createHash('sha256').update(attempts).digest('hex').slice(0, 12)
    return join(ownFolder(join(base, `${ELSEWHERE}${hash}`), 0o711), id)
  }
}

function belongings(record: AttemptRecord): Parameters<typeof endAll>[0] {
  return { groups: record.groups, uid: record.uid, home: placeBelow(record.place).home }
}

function notIsolated(noRange: boolean): Error {
  const why = noRange
    ? 'no range of user ids is configured'
    : 'only root can start processes as another user'
  return fail(
    'NOT_ISOLATED',
    `starting an attempt closed off from this machine's user: ${why}; run the worker as root with a range of user ids, or allow unisolated runs`
  )
}
