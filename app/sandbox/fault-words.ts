/** What can be ordered to go wrong, in the words of the page and of docs/reference/sandbox.md. */
import type { DeliveryFault } from './delivery-faults.ts'
import type { ActiveFault } from './faults.ts'

export const CALL_FAULTS: Readonly<Record<ActiveFault['kind'], string>> = {
  delay: 'a call waits before it is looked at.',
  fail: '500 and 502 with JSON, 503 and 504 with a page; nothing is done.',
  limit: 'the secondary rate limit, 403 or 429, with or without `Retry-After`.',
  loseAnswer: 'the work is done and the connection is cut; git as well.'
}

export const DELIVERY_FAULTS: Readonly<Record<DeliveryFault['kind'], string>> = {
  drop: 'never sent, and not in the log either.',
  duplicate: 'sent twice with one guid.',
  delay: 'sent that much later, while later ones go ahead.',
  reorder: 'kept back and then sent the last one first.',
  fail: 'refused: not sent, the log has this status.',
  disconnect: 'not sent: the host could not be reached.',
  loseAnswer: 'sent and answered, but too late: "timed out".'
}
