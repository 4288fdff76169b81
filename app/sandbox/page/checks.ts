/** Check runs as icon and word, and lists of them. */
import { html } from 'hono/html'
import type { CheckRun, Repository } from '#app/sandbox/state.ts'
import type { Html } from './layout.ts'
import { shaView } from './views.ts'

const ICONS: Readonly<Record<string, string>> = {
  success: '✓',
  failure: '✗',
  timed_out: '✗',
  cancelled: '⊘',
  action_required: '!',
  in_progress: '●'
}

/** `✓ success`, `✗ failure`, `● in progress`: nobody has to tell colours apart. */
export function checkState(run: CheckRun): Html {
  const word = run.conclusion ?? run.status
  const icon = ICONS[word] ?? '○'
  return html`<span class="state ${word}">${icon} ${word.replaceAll('_', ' ')}</span>`
}

export function isRunning(run: CheckRun): boolean {
  return run.status !== 'completed'
}

/** The newest of them first. */
export function checkList(repository: Repository, runs: readonly CheckRun[]): Html {
  if (runs.length === 0) return html`<p class="quiet">None.</p>`
  return html`<ul class="plain">${[...runs]
    .reverse()
    .map(
      run =>
        html`<li>${checkState(run)} <a href="/${repository.fullName}/runs/${run.id}">${run.name}</a> ${run.title ?? ''} <span class="quiet">on ${shaView(run.headSha)}</span></li>`
    )}</ul>`
}
