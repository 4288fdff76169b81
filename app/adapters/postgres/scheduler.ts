/** Cron for minutes and more, through pg-boss: each job runs once over all replicas (decisions 21, 34). */
import { PgBoss } from 'pg-boss'
import type { Log } from '#app/ports/platform.ts'

export interface ScheduledJob {
  /** Queue name: letters, digits, dashes. */
  readonly name: string
  /** Five-field cron, UTC. */
  readonly cron: string
  readonly work: () => Promise<void>
}

export interface Scheduler {
  stop(): Promise<void>
}

/**
 * Starts the schedule on its own small pool and schema (`pgboss`). A job that throws is logged and
 * comes again at its next time; one that is still running is not started twice.
 */
export async function startScheduler(
  url: string,
  jobs: readonly ScheduledJob[],
  log: Log
): Promise<Scheduler> {
  const boss = new PgBoss({ connectionString: url, max: 2, application_name: 'stagewright-cron' })
  boss.on('error', error => log.warn({ err: error }, 'scheduler lost its database; it tries again'))
  await boss.start()
  for (const job of jobs) {
    await boss.createQueue(job.name, { policy: 'singleton', retryLimit: 0, expireInSeconds: 600 })
    await boss.schedule(job.name, job.cron)
    await boss.work(job.name, { pollingIntervalSeconds: 10 }, async () => {
      try {
        await job.work()
      } catch (error) {
        log.error({ job: job.name, err: error }, 'scheduled job went wrong; it comes again')
      }
    })
  }
  return { stop: () => boss.stop({ graceful: true, timeout: 5000 }) }
}
