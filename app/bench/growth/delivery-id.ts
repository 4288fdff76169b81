/**
 * Delivery ids as GitHub makes them: UUIDs of version 1, whose first digits are the low bits of the
 * time (docs: "Delivery headers"; RFC 9562, 5.1). Ids of one moment are neighbours in an index.
 */

/** Ticks of 100 ns from the first day of the Gregorian calendar to 1970. */
const EPOCH = 122_192_928_000_000_000n
const REST = '81ab-4c9367dc0958'

let last = 0n

export function deliveryId(): string {
  const now = BigInt(Date.now()) * 10_000n + EPOCH
  last = now > last ? now : last + 1n
  const hex = last.toString(16).padStart(15, '0')
  return `${hex.slice(7)}-${hex.slice(3, 7)}-1${hex.slice(0, 3)}-${REST}`
}

/** The same as SQL text, for the time in a SQL expression. */
export function deliveryIdSql(time: string): string {
  const ticks = `lpad(to_hex((extract(epoch from ${time}) * 1e7)::bigint + ${EPOCH}), 15, '0')`
  return `substr(${ticks}, 8) || '-' || substr(${ticks}, 4, 4) || '-1' || substr(${ticks}, 1, 3) || '-${REST}'`
}
