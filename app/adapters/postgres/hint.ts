import type { WakeKind } from '#app/ports/workers.ts'

/** Tells that there is work of this kind; the tables call it, the store passes it on after the commit. */
export type Hint = (kind: WakeKind) => void
