/** The pages for a person's browser, and the forms on them. They act through the REST API. */
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { issuePersonToken } from '#app/sandbox/auth.ts'
import { accountNamed, pressButton, rerequest } from '#app/sandbox/control.ts'
import type { Issue, Repository } from '#app/sandbox/state.ts'
import { findRepository, type World } from '#app/sandbox/world.ts'
import { issuePage } from './issue.ts'
import { type Html, issueHref, labelView, page, stateView } from './layout.ts'
import { refuseOtherSites } from './origin.ts'
import { runPage } from './run.ts'

/** Performs a REST call inside the process; the path stands below /api/v3. */
type CallRest = (path: string, init: RequestInit) => Response | Promise<Response>

export function createPages(world: World, callRest: CallRest): Hono {
  const app = new Hono()
  app.get('/', context => context.html(homePage(world)))
  app.get('/_sandbox/avatars/:id', context =>
    context.body(avatar(context.req.param('id')), 200, { 'content-type': 'image/svg+xml' })
  )
  addPages(app, world)
  addForms(app, world, callRest)
  app.all('*', context =>
    context.html(errorPage('Not found', 'There is nothing at this address.'), 404)
  )
  app.onError((error, context) => {
    const known = error instanceof AppError
    const words = known ? error.message : 'This is a fault of the sandbox itself.'
    return context.html(errorPage('That did not work', words), known ? toStatus(error) : 500)
  })
  return app
}

function toStatus(error: AppError): 400 | 403 | 404 | 412 | 500 {
  const known = [400, 403, 404, 412] as const
  return known.find(status => status === error.status) ?? 500
}

function addPages(app: Hono, world: World): void {
  app.get('/:owner/:name', context => context.html(repositoryPage(repositoryOf(world, context))))
  for (const kind of ['issues', 'pull'] as const) {
    app.get(`/:owner/:name/${kind}/:number`, async context => {
      const repository = repositoryOf(world, context)
      const issue = issueOf(repository, context)
      const href = issueHref(repository, issue)
      if (!href.includes(`/${kind}/`)) return context.redirect(href)
      return context.html(await issuePage(world, repository, issue))
    })
  }
  app.get('/:owner/:name/runs/:run', context => {
    const repository = repositoryOf(world, context)
    const id = context.req.param('run')
    const run = repository.checkRuns.find(one => String(one.id) === id)
    if (run === undefined) throw new AppError('NOT_FOUND', `showing check run ${id}: there is none`)
    return context.html(runPage(world, repository, run))
  })
}

function addForms(app: Hono, world: World, callRest: CallRest): void {
  const base = '/_sandbox/:owner/:name'
  app.use('/_sandbox/*', refuseOtherSites(world))
  const rest = async (context: Context, act: (form: Form, path: string) => RestAct) => {
    const repository = repositoryOf(world, context)
    const issue = issueOf(repository, context)
    const form = await readForm(context)
    const { method, path, body } = act(form, `/repos/${repository.fullName}/issues/${issue.number}`)
    const token = issuePersonToken(world, accountNamed(world, form.by))
    const answer = await callRest(path, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    world.state.tokens.delete(token)
    if (!answer.ok) {
      const words: unknown = await answer.json()
      return context.html(errorPage('Refused', JSON.stringify(words, null, 2)), 422)
    }
    return context.redirect(issueHref(repository, issue), 303)
  }
  app.post(`${base}/issues/:number/comments`, context =>
    rest(context, ({ body }, path) => ({
      method: 'POST',
      path: `${path}/comments`,
      body: { body }
    }))
  )
  app.post(`${base}/issues/:number/labels/add`, context =>
    rest(context, ({ label }, path) => ({
      method: 'POST',
      path: `${path}/labels`,
      body: { labels: [label] }
    }))
  )
  app.post(`${base}/issues/:number/labels/remove`, context =>
    rest(context, ({ label }, path) => ({
      method: 'DELETE',
      path: `${path}/labels/${encodeURIComponent(label)}`
    }))
  )
  app.post(`${base}/issues/:number/state`, context =>
    rest(context, ({ state }, path) => ({ method: 'PATCH', path, body: { state } }))
  )
  app.post(`${base}/runs/:run/press`, context => press(world, context))
  app.post(`${base}/runs/:run/rerequest`, context => press(world, context))
}

interface RestAct {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

type Form = Readonly<Record<'by' | 'body' | 'label' | 'state' | 'identifier', string>>

async function readForm(context: Context): Promise<Form> {
  const form = await context.req.parseBody()
  const field = (name: string): string => String(form[name] ?? '')
  return {
    by: field('by'),
    body: field('body'),
    label: field('label'),
    state: field('state'),
    identifier: field('identifier')
  }
}

async function press(world: World, context: Context): Promise<Response> {
  const repository = repositoryOf(world, context)
  const { by, identifier } = await readForm(context)
  const checkRunId = Number(context.req.param('run'))
  const what = { repository: repository.fullName, checkRunId, by }
  if (context.req.path.endsWith('/press')) pressButton(world, { ...what, identifier })
  else rerequest(world, what)
  return context.redirect(`/${repository.fullName}/runs/${checkRunId}`, 303)
}

function repositoryOf(world: World, context: Context): Repository {
  const owner = context.req.param('owner') ?? ''
  const name = context.req.param('name') ?? ''
  const repository = findRepository(world.state, owner, name)
  if (repository !== null) return repository
  throw new AppError('NOT_FOUND', `showing ${owner}/${name}: there is no such repository`)
}

function issueOf(repository: Repository, context: Context): Issue {
  const number = context.req.param('number')
  const issue = repository.issues.find(one => String(one.number) === number)
  if (issue !== undefined) return issue
  throw new AppError('NOT_FOUND', `showing #${number} of ${repository.fullName}: there is none`)
}

function errorPage(title: string, words: string): Html {
  return page(title, [], html`<p class="error">${words}</p>`)
}

function homePage(world: World): Html {
  const all = [...world.state.repositories.values()]
  const body = html`<p>GitHub on this machine. Clone a repository from <code>${world.url}/OWNER/NAME.git</code>.</p>
<ul class="plain">${all.map(
    one =>
      html`<li><a href="/${one.fullName}">${one.fullName}</a> <span class="quiet">${one.private ? 'private' : 'public'}, ${one.issues.length} issues and pull requests</span></li>`
  )}</ul>`
  return page('Repositories', [], body)
}

function repositoryPage(repository: Repository): Html {
  const list = (issues: readonly Issue[]) =>
    html`<ul class="plain">${issues.map(
      issue =>
        html`<li>${stateView(issue)} <a href="${issueHref(repository, issue)}">${issue.title}</a> <span class="quiet">#${issue.number} by ${issue.user.login}</span> ${issue.labels.map(labelView)}</li>`
    )}</ul>`
  const newest = [...repository.issues].reverse()
  const body = html`<h2>Issues</h2>${list(newest.filter(one => one.pull === null))}
<h2>Pull requests</h2>${list(newest.filter(one => one.pull !== null))}
<h2>Checks</h2><ul class="plain">${[...repository.checkRuns]
    .reverse()
    .map(
      run =>
        html`<li><a href="/${repository.fullName}/runs/${run.id}">${run.name}</a> <span class="${run.conclusion ?? ''}">${run.conclusion ?? run.status}</span> <code>${run.headSha.slice(0, 7)}</code></li>`
    )}</ul>`
  return page(repository.fullName, [], body)
}

/** A round of a colour that comes from the id; nothing is fetched from elsewhere. */
function avatar(id: string): string {
  const hue = (Number.parseInt(id, 10) || 0) % 360
  return `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="20" fill="hsl(${hue} 60% 50%)"/></svg>`
}
