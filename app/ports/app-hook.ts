import type { HookAttempt } from '#app/core/missed-delivery.ts'

/** The App's own webhook deliveries on GitHub. Throws the same codes as the other GitHub ports. */
export interface AppHook {
  /**
   * One page of GitHub's log, newest first, at most 100; GitHub keeps 3 days. `next` leads to the
   * older ones, null at the end.
   */
  page(
    cursor: string | null
  ): Promise<{ readonly attempts: readonly HookAttempt[]; readonly next: string | null }>
  /**
   * Asks GitHub to send a delivery again, by the id of one of its attempts; the answer only says
   * that it will. NOT_FOUND or GITHUB_REFUSED when GitHub has it no more.
   */
  redeliver(attemptId: string): Promise<void>
}
