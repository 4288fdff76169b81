/** Replicas: who lives, and the hints between them. */
export interface WorkerInstance {
  readonly id: string
  readonly machine: string
  readonly role: 'web' | 'worker' | 'all'
  readonly pid: number
  readonly version: string
}

/** Deliveries and effects that a worker is at, by id, and for how long their leases are renewed. */
export interface InHand {
  readonly deliveries: readonly string[]
  readonly effects: readonly number[]
  readonly leaseSeconds: number
}

export interface Workers {
  register(worker: WorkerInstance): Promise<void>
  /**
   * Says that it lives, and renews the leases of what it really has in hand: a row whose claim was
   * answered into a cut connection is nobody's work, and its lease runs out.
   */
  heartbeat(id: string, inHand?: InHand): Promise<void>
  /** Marks it stopped and gives back every lease it holds: runs (handover), deliveries, effects. */
  stop(id: string): Promise<void>
  /** Instances whose heartbeat is older than `seconds` and are not stopped; marks them stopped and returns their ids. */
  reapDead(seconds: number): Promise<readonly string[]>
  /** Instances of this machine that are not marked stopped, for a start that follows a crash. */
  onMachine(machine: string): Promise<ReadonlyArray<{ readonly id: string; readonly pid: number }>>
}

export type WakeKind = 'deliveries' | 'effects' | 'runs'

/** A hint that there is something to do; a poll is the backstop, so losing one costs a second. */
export interface Wake {
  hint(kind: WakeKind): void
  on(listener: (kind: WakeKind) => void): () => void
}
