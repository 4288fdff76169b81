/** Which of the App's own deliveries GitHub should send again, and how often we ask. */

/** One attempt in GitHub's log of the App's deliveries; a redelivery is an attempt of its own. */
export interface HookAttempt {
  /** The attempt's own id, 64 bits and so a text. */
  readonly id: string
  /** `X-GitHub-Delivery`, the same for every attempt of a delivery. */
  readonly guid: string
  readonly event: string
  readonly action: string | null
  /** ISO time at which it was delivered. */
  readonly at: string
  /** HTTP status of the receiver's answer; 0 when there was none. */
  readonly statusCode: number
}

/** A delivery that nobody took, or that somebody took and our inbox does not have. */
export interface MissedDelivery {
  readonly guid: string
  readonly event: string
  readonly action: string | null
  /** Its newest attempt, by which it is asked for. */
  readonly attemptId: string
  /** ISO time of its first attempt that we know. */
  readonly firstAt: string
  /** Of its newest attempt. */
  readonly statusCode: number
}

/** Why a delivery is not asked for any more. */
export type GiveUpReason = 'asked_in_vain' | 'too_old' | 'gone_from_github'

/**
 * GitHub shows deliveries of the past 3 days, and sends no older one again (docs: "Redelivering
 * webhooks").
 */
export const LOG_KEPT_MS = 3 * 86_400_000
/** An attempt that is younger may still be on its way into the inbox; GitHub waits 10 s for an answer. */
export const GRACE_MS = 60_000
/** What is listed again: entries come into GitHub's log late, above all throttled ones. */
const OVERLAP_MS = 10 * 60_000
const FIRST_WAIT_MS = 5 * 60_000
const LONGEST_WAIT_MS = 12 * 3_600_000
/** With the waits below the tenth ask comes after two and a half of GitHub's three days. */
export const MAX_ASKS = 10

/** From which time on GitHub's log is read; the whole of it when nothing was swept before. */
export function readSince(sweptUntil: Date | null, now: Date): Date {
  const oldest = now.getTime() - LOG_KEPT_MS
  const wanted = sweptUntil === null ? oldest : sweptUntil.getTime() - OVERLAP_MS
  return new Date(Math.max(oldest, wanted))
}

/** The time of which GitHub's log holds no deliveries any more, although we did not look; null when there is none. */
export function gapOf(
  sweptUntil: Date | null,
  now: Date
): { readonly from: Date; readonly to: Date } | null {
  const oldest = new Date(now.getTime() - LOG_KEPT_MS)
  return sweptUntil === null || sweptUntil >= oldest ? null : { from: sweptUntil, to: oldest }
}

/** When a delivery that was asked for so often before may be asked for again: 5 min, 15, 45, …, 12 h. */
export function nextAsk(asksBefore: number, now: Date): Date {
  return new Date(now.getTime() + Math.min(FIRST_WAIT_MS * 3 ** asksBefore, LONGEST_WAIT_MS))
}

/**
 * What GitHub's log says is missing, oldest first. A delivery with a 2xx counts from `inboxSince`
 * on: something in front of us may have answered for us. Before that another database had it.
 * The caller leaves out those that the inbox has.
 */
export function missedIn(
  attempts: readonly HookAttempt[],
  rule: { readonly events: ReadonlySet<string>; readonly inboxSince: Date; readonly now: Date }
): readonly MissedDelivery[] {
  const settled = rule.now.getTime() - GRACE_MS
  const missed: MissedDelivery[] = []
  for (const group of Map.groupBy(attempts, attempt => attempt.guid).values()) {
    const inOrder = group.toSorted(bySending)
    const [first, newest] = [inOrder[0], inOrder.at(-1)]
    if (first === undefined || newest === undefined) continue
    if (!rule.events.has(newest.event) || Date.parse(newest.at) > settled) continue
    const taken = inOrder.find(attempt => isTaken(attempt.statusCode))
    if (taken !== undefined && Date.parse(taken.at) < rule.inboxSince.getTime()) continue
    const { guid, event, action, id, statusCode } = newest
    missed.push({ guid, event, action, attemptId: id, firstAt: first.at, statusCode })
  }
  return missed.toSorted((left, right) =>
    bySending({ id: left.attemptId, at: left.firstAt }, { id: right.attemptId, at: right.firstAt })
  )
}

type Sent = Pick<HookAttempt, 'id' | 'at'>

/** GitHub tells times in seconds; ids of attempts grow. */
function bySending(left: Sent, right: Sent): number {
  const apart = Date.parse(left.at) - Date.parse(right.at)
  return apart !== 0 ? apart : Number(BigInt(left.id) - BigInt(right.id))
}

function isTaken(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300
}

/** Answers that every delivery would get, so that asking for many is useless, and what to do about them. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [
    401,
    "make STAGEWRIGHT_WEBHOOK_SECRET and the webhook secret in the App's settings on GitHub the same"
  ],
  [403, 'let GitHub through: a proxy or firewall in front of this server refuses it'],
  [404, "correct the path of the webhook URL in the App's settings: /api/github/webhooks"],
  [405, "correct the path of the webhook URL in the App's settings: /api/github/webhooks"],
  [415, "set the content type of the webhook in the App's settings to application/json"]
])

const SILENCE =
  "none of the deliveries asked for last time came; look at the newest attempts in the App's settings on GitHub, or run `stagewright doctor`"

/** Why only one delivery is asked for, to find out whether the fault is mended; null when nothing is wrong. */
export function whyHeld(
  attempts: readonly HookAttempt[],
  last: { readonly asked: number; readonly came: number }
): { readonly reason: 'refused' | 'silent'; readonly hint: string } | null {
  const newest = attempts.toSorted(bySending).at(-1)
  const hint = newest === undefined ? undefined : REFUSALS.get(newest.statusCode)
  if (hint !== undefined) return { reason: 'refused', hint }
  return last.asked > 0 && last.came === 0 ? { reason: 'silent', hint: SILENCE } : null
}
