import { createHash } from 'node:crypto'
import type { RunnerReport } from '#app/core/attempt.ts'
import { AppError } from '#app/core/errors.ts'
import type { World } from '#app/usecases/world.ts'
import type { RunnerIdentity } from './authorize-runner.ts'

/** Stores the bundle for the gate. TOO_LARGE past the limit, BUNDLE_INVALID when the digest differs. */
export async function acceptBundle(
  world: Pick<World, 'store' | 'settings'>,
  identity: RunnerIdentity,
  bundle: { readonly sha256: string; readonly data: Buffer }
): Promise<void> {
  const { bundleBytes } = world.settings.attempt
  if (bundle.data.byteLength > bundleBytes) {
    throw new AppError(
      'TOO_LARGE',
      `storing a bundle of ${bundle.data.byteLength} bytes; the limit is ${bundleBytes}`
    )
  }
  const digest = createHash('sha256').update(bundle.data).digest('hex')
  if (digest !== bundle.sha256)
    throw new AppError('BUNDLE_INVALID', 'storing a bundle: it is not the one that was announced')
  await world.store.transaction(({ attemptLists }) =>
    attemptLists.putBundle(identity.attempt.id, digest, bundle.data)
  )
}

/** Stores how the attempt ended and wakes the worker; the first report stands. */
export async function acceptReport(
  world: Pick<World, 'store' | 'wake' | 'redactor'>,
  identity: RunnerIdentity,
  report: RunnerReport
): Promise<void> {
  const { attempt, run } = identity
  if (attempt.report !== null) return
  const clean: RunnerReport = {
    ...report,
    lastLines: world.redactor.redact(report.lastLines),
    report: report.report === null ? null : world.redactor.redact(report.report),
    message: report.message === null ? null : world.redactor.redact(report.message)
  }
  await world.store.transaction(async tables => {
    await tables.attempts.change(attempt.id, { report: clean, heartbeat: true })
    await tables.runEvents.add(run.id, 'attempt.reported', {
      attempt: attempt.number,
      outcome: report.outcome
    })
    await tables.runs.change(run.id, null, { nextCheckInSeconds: 0 })
  })
  world.wake.hint('runs')
}
