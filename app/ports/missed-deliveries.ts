import type { GiveUpReason, MissedDelivery } from '#app/core/missed-delivery.ts'

/** How far the sweeps of GitHub's delivery log have come; one for all replicas. */
export interface DeliverySweep {
  /** Everything that GitHub delivered before this was looked at; null before the first complete sweep. */
  readonly sweptUntil: Date | null
  /** Since when this database takes deliveries: the time of its first sweep. */
  readonly inboxSince: Date
  /** When the last sweep asked for deliveries; null when it asked for none. */
  readonly askedAt: Date | null
}

export interface DeliverySweeps {
  /** Null before the first sweep. */
  load(): Promise<DeliverySweep | null>
  /** `sweptUntil` never goes back, and null leaves it as it is. */
  save(sweep: DeliverySweep): Promise<void>
}

/** A missed delivery with what was done about it. */
export interface AskedDelivery extends MissedDelivery {
  readonly asks: number
  readonly askedAt: Date | null
  readonly nextAskAt: Date
}

export interface GivenUp extends MissedDelivery {
  readonly asks: number
  readonly reason: GiveUpReason
}

/** Deliveries that GitHub has and the inbox has not; a row goes when its delivery is in the inbox. */
export interface MissedDeliveries {
  /** Keeps those that the inbox does not have; returns how many are new. One given up stays so. */
  note(missed: readonly MissedDelivery[]): Promise<number>
  /**
   * Forgets what is in the inbox by now. Of those asked for at `askedAt`: `asked` how many there
   * were, `came` how many of them are in the inbox.
   */
  arrived(askedAt: Date | null): Promise<{
    readonly arrived: number
    readonly asked: number
    readonly came: number
    /** Rows that are still waited for. */
    readonly waiting: number
  }>
  /** The next one to ask for at `now`, the oldest first, locked for this transaction; null when none is due. */
  due(now: Date): Promise<AskedDelivery | null>
  /** Writes down that it is asked for, or takes that back with what was there before. */
  asked(guid: string, ask: Pick<AskedDelivery, 'asks' | 'askedAt' | 'nextAskAt'>): Promise<void>
  /**
   * Gives up one, or all that were asked for `maxAsks` times in vain or first delivered before `oldest`;
   * never one that is in the inbox by now.
   */
  giveUp(
    which:
      | { readonly guid: string; readonly now: Date }
      | { readonly maxAsks: number; readonly oldest: Date; readonly now: Date }
  ): Promise<readonly GivenUp[]>
}
