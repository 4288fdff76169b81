/** From GitHub's code to a running App: each step is kept, so that the next try goes on from there. */
import { AppError } from '#app/core/errors.ts'
import type { SetUpPlan } from '#app/core/set-up.ts'
import { fetchApp, keepApp } from '#app/usecases/set-up-app.ts'
import type { Progress, SetUpParts } from './parts.ts'
import { T } from './texts.ts'

export interface Making {
  progress(): Progress
  /** Takes a code of the manifest flow to its end, or to where it fails. FAILED_PRECONDITION when an App was made already. */
  take(code: string, apiUrl: string, plan: SetUpPlan): Promise<void>
  /** Goes on from where it failed. */
  goOn(): Promise<void>
  /** Says why no App came of it. */
  refuse(failure: string): void
}

export function createMaking(parts: SetUpParts): Making {
  let progress: Progress = { kind: 'asking', failure: null }
  let plan: SetUpPlan | null = null
  let underWay: Promise<void> | null = null

  async function advance(): Promise<void> {
    if (progress.kind === 'made' && plan !== null) {
      const { app } = progress
      progress = { kind: 'made', app, failure: null }
      try {
        const settings = await keepApp(parts, plan, app)
        progress = { kind: 'kept', app, settings, failure: null }
      } catch (error) {
        progress = { kind: 'made', app, failure: failureOf(parts, error) }
        return
      }
    }
    if (progress.kind !== 'kept') return
    const { app, settings } = progress
    progress = { kind: 'kept', app, settings, failure: null }
    try {
      await parts.start(settings)
      progress = { kind: 'running', app }
    } catch (error) {
      progress = { kind: 'kept', app, settings, failure: failureOf(parts, error) }
    }
  }

  /** One at a time: a second press waits for the first. */
  function goOn(): Promise<void> {
    underWay ??= advance().finally(() => {
      underWay = null
    })
    return underWay
  }

  return {
    progress: () => progress,
    goOn,
    refuse(failure) {
      if (progress.kind === 'asking') progress = { kind: 'asking', failure }
    },
    async take(code, apiUrl, decided) {
      if (progress.kind !== 'asking') throw new AppError('FAILED_PRECONDITION', T.twice)
      progress = { kind: 'fetching' }
      plan = decided
      try {
        const app = await fetchApp(parts, apiUrl, code)
        progress = { kind: 'made', app, failure: null }
      } catch (error) {
        progress = { kind: 'asking', failure: failureOf(parts, error) }
        return
      }
      await goOn()
    }
  }
}

/** What a person reads: our own words, or that it is in the log. */
function failureOf(parts: SetUpParts, error: unknown): string {
  parts.say(`set-up: ${error instanceof Error ? error.message : String(error)}`)
  if (!(error instanceof AppError)) return T.unexpected
  if (error.code === 'NOT_FOUND') return T.codeGone
  return error.message
}
