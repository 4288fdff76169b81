/** The page of a check run, with its buttons. */
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { pressButton, rerequest } from '#app/sandbox/control.ts'
import type { CheckRun, Repository } from '#app/sandbox/state.ts'
import { checkState, isRunning } from './checks.ts'
import { readForm } from './forms.ts'
import { repositorySheet, type Sheet } from './layout.ts'
import { show } from './show.ts'
import { repositoryOf, type Site } from './site.ts'
import { actingPerson } from './viewer.ts'
import { prose, shaView, timeView } from './views.ts'

/** Seconds between two looks at a run that goes on. */
const REFRESH = 3

export function addRunPages(app: Hono, site: Site): void {
  const { world } = site
  app.get('/:owner/:name/runs/:run', context => {
    const repository = repositoryOf(world, context)
    return show(world, context, runSheet(repository, runOf(repository, context)))
  })
  const base = '/_sandbox/:owner/:name/runs/:run'
  app.post(`${base}/press`, context =>
    press(site, context, (what, identifier) => pressButton(world, { ...what, identifier }))
  )
  app.post(`${base}/rerequest`, context => press(site, context, what => rerequest(world, what)))
}

function runOf(repository: Repository, context: Context): CheckRun {
  const id = context.req.param('run')
  const run = repository.checkRuns.find(one => String(one.id) === id)
  if (run !== undefined) return run
  throw new AppError('NOT_FOUND', `showing check run ${id}: there is none`)
}

function runSheet(repository: Repository, run: CheckRun): Sheet {
  const action = `/_sandbox/${repository.fullName}/runs/${run.id}`
  const goesOn = isRunning(run)
  const body = html`<p>${checkState(run)} · commit ${shaView(run.headSha)}
${run.startedAt === null ? '' : html` · started ${timeView(run.startedAt)}`}
${run.completedAt === null ? '' : html` · completed ${timeView(run.completedAt)}`}</p>
${goesOn ? html`<p class="quiet">This page looks again every ${REFRESH} seconds until the run is completed.</p>` : ''}
<div>${run.actions.map(
    button => html`<form method="post" action="${action}/press">
<input type="hidden" name="identifier" value="${button.identifier}">
<button title="${button.description}">${button.label}</button>
</form>`
  )}<form method="post" action="${action}/rerequest"><button>Re-run</button></form></div>
${run.title === null ? '' : html`<h2>${run.title}</h2>`}
${run.summary === null ? '' : prose(run.summary)}
${run.text === null ? '' : prose(run.text)}
${run.annotations.map(
  one =>
    html`<p><code>${String(one.path)}:${String(one.start_line)}</code> ${String(one.annotation_level)}: ${String(one.message)}</p>`
)}`
  return repositorySheet(repository, run.name, body, goesOn ? REFRESH : null)
}

interface Pressed {
  readonly repository: string
  readonly checkRunId: number
  readonly by: string
}

async function press(
  { world }: Site,
  context: Context,
  act: (what: Pressed, identifier: string) => void
): Promise<Response> {
  const repository = repositoryOf(world, context)
  const field = await readForm(context)
  const { login } = actingPerson(world, context, { by: field('by'), repository })
  const { id: checkRunId } = runOf(repository, context)
  act({ repository: repository.fullName, checkRunId, by: login }, field('identifier'))
  return context.redirect(`/${repository.fullName}/runs/${checkRunId}`, 303)
}
