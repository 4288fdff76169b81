/** Forms act through the REST API with a token of the person, so that its rules hold here, too. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import { issuePersonToken } from '#app/sandbox/auth.ts'
import type { Account, Issue, Repository } from '#app/sandbox/state.ts'
import { page } from './layout.ts'
import { refusalIn } from './refused.ts'
import { show } from './show.ts'
import { issueHref, issueOf, repositoryOf, type Site } from './site.ts'
import { actingPerson } from './viewer.ts'

/** What a form asks of the API. */
interface Wish {
  readonly method: 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below /repos/OWNER/NAME. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  /** Where the browser goes when it was done; the answer may say. */
  readonly next: string | ((answer: Readonly<Record<string, unknown>>) => string)
}

/** The text of a field; '' when it is not there. */
export type Field = (name: string) => string

export async function readForm(context: Context): Promise<Field> {
  const form = await context.req.parseBody()
  return name => {
    const value = form[name]
    return typeof value === 'string' ? value : ''
  }
}

/** Performs a form of a repository. */
export function onRepository(
  site: Site,
  context: Context,
  plan: (field: Field, repository: Repository) => Wish
): Promise<Response> {
  const repository = repositoryOf(site.world, context)
  const back = `/${repository.fullName}`
  return perform(site, context, { repository, back, plan: field => plan(field, repository) })
}

/** Performs a form of an issue or a pull request; `href` is its page. */
export function onIssue(
  site: Site,
  context: Context,
  plan: (field: Field, at: { readonly issue: Issue; readonly href: string }) => Wish
): Promise<Response> {
  const repository = repositoryOf(site.world, context)
  const issue = issueOf(repository, context)
  const href = issueHref(repository, issue)
  return perform(site, context, {
    repository,
    back: href,
    plan: field => plan(field, { issue, href })
  })
}

interface Given {
  readonly repository: Repository
  /** Where a refusal leads back to when the wish does not say. */
  readonly back: string
  readonly plan: (field: Field) => Wish
}

async function perform(site: Site, context: Context, given: Given): Promise<Response> {
  const { world } = site
  const { repository, plan } = given
  const field = await readForm(context)
  const by = actingPerson(world, context, { by: field('by'), repository })
  const wish = plan(field)
  const answer = await call(site, { repository, by, wish })
  const body = await readAnswer(answer)
  const { next } = wish
  if (!answer.ok) {
    const back = typeof next === 'string' ? next : given.back
    return refused(site, context, { repository, by, wish, back, status: answer.status, body })
  }
  return context.redirect(typeof next === 'string' ? next : next(body), 303)
}

interface Asked {
  readonly repository: Repository
  readonly by: Account
  readonly wish: Wish
}

/** The token lives as long as the call. */
async function call({ world, callRest }: Site, { repository, by, wish }: Asked): Promise<Response> {
  const { method, path, body } = wish
  const token = issuePersonToken(world, by)
  try {
    return await callRest(`/repos/${repository.fullName}${path}`, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
  } finally {
    world.state.tokens.delete(token)
  }
}

/** Lists and answers without a body have no fields that a form would need. */
async function readAnswer(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await answer.text()
  if (text === '') return {}
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** What the API said no to, in its words, with the way back. */
function refused(
  { world }: Site,
  context: Context,
  asked: Asked & {
    readonly back: string
    readonly status: number
    readonly body: Readonly<Record<string, unknown>>
  }
): Response | Promise<Response> {
  const { repository, by, wish, back, status } = asked
  const { message, details } = refusalIn(asked.body)
  const body = html`<p class="error" role="alert">${message}</p>
${details.length === 0 ? '' : html`<ul class="error">${details.map(one => html`<li>${one}</li>`)}</ul>`}
<p><a href="${back}">Back</a></p>
<p class="quiet">The API answered ${status} to <code>${wish.method} /repos/${repository.fullName}${wish.path}</code> by ${by.login}.</p>`
  const crumbs = [[repository.fullName, `/${repository.fullName}`]] as const
  return show(world, context, page('Refused', crumbs, body, { repository }), 422)
}
