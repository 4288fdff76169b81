/** Everything Postgres holds for us. Nothing inside a transaction goes to the network (decisions 32). */
import type { AttemptLists, Attempts } from './attempts.ts'
import type { Audit, Links } from './audit.ts'
import type { Deliveries } from './deliveries.ts'
import type { DeliveryLists, DeliveryRetention } from './delivery-lists.ts'
import type { Effects } from './effects.ts'
import type { DeliverySweeps, MissedDeliveries } from './missed-deliveries.ts'
import type { Projects } from './projects.ts'
import type { Logs, RunEvents, Sessions } from './run-output.ts'
import type { RunLists, Runs } from './runs.ts'
import type { Workers } from './workers.ts'

export interface Store {
  /**
   * Runs `work` on one transaction (read committed) and commits when it returns; a deadlock or
   * serialization failure (40P01, 40001) is tried again, three times. Throws DATABASE_UNREACHABLE
   * when there is no connection.
   */
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>
}

export interface Tables {
  readonly projects: Projects
  readonly deliveries: Deliveries
  readonly deliveryLists: DeliveryLists
  readonly deliveryRetention: DeliveryRetention
  readonly deliverySweeps: DeliverySweeps
  readonly missedDeliveries: MissedDeliveries
  readonly runs: Runs
  readonly runLists: RunLists
  readonly attempts: Attempts
  readonly attemptLists: AttemptLists
  readonly runEvents: RunEvents
  readonly logs: Logs
  readonly sessions: Sessions
  readonly effects: Effects
  readonly audit: Audit
  readonly links: Links
  readonly workers: Workers
}
