/** Who acts: one person for all pages, chosen once and kept in a cookie. */
import type { Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { OWN_APP_OWNER } from '#app/sandbox/app.ts'
import { ensureAccount } from '#app/sandbox/control.ts'
import type { Account, Repository } from '#app/sandbox/state.ts'
import { findAccount, type World } from '#app/sandbox/world.ts'
import type { Html } from './layout.ts'
import { ownAddress } from './origin.ts'

const COOKIE = 'sandbox_person'

/** Everybody one may act as, in the order they came. The owner of the sandbox's own App is nobody. */
export function people(world: World): readonly Account[] {
  return [...world.state.accounts.values()].filter(isPerson)
}

function isPerson({ type, login }: Account): boolean {
  return type === 'User' && login !== OWN_APP_OWNER
}

/** The chosen person; until one is chosen the owner of the repository, else the first; null without any. */
export function viewerOf(
  world: World,
  context: Context,
  repository: Repository | null
): Account | null {
  const all = people(world)
  const chosen = getCookie(context, COOKIE)?.toLowerCase()
  return (
    all.find(one => one.login.toLowerCase() === chosen) ??
    all.find(one => one.id === repository?.owner.id) ??
    all[0] ??
    null
  )
}

/**
 * Whom a form acts as: its field `by` when it has one, else the viewer. NOT_FOUND for somebody
 * strange, FAILED_PRECONDITION while there is nobody.
 */
export function actingPerson(
  world: World,
  context: Context,
  given: { readonly by: string; readonly repository: Repository | null }
): Account {
  if (given.by !== '') return personNamed(world, given.by)
  const viewer = viewerOf(world, context, given.repository)
  if (viewer !== null) return viewer
  const hint = 'add a person on the first page'
  throw new AppError('FAILED_PRECONDITION', `acting as a person: there is nobody yet; ${hint}`)
}

function personNamed(world: World, login: string): Account {
  const account = findAccount(world.state, login)
  if (account !== null && isPerson(account)) return account
  throw new AppError('NOT_FOUND', `acting as "${login}": there is no such person`)
}

/** The person's standing in words, as the choice of a person shows it. */
export function roleWords(repository: Repository, account: Account): string {
  if (repository.owner.id === account.id) return 'owner'
  return repository.collaborators.get(account.id) ?? 'stranger, no role'
}

/** `back` is where the browser returns to after the choice. */
export function personForm(
  world: World,
  viewer: Account | null,
  at: { readonly repository: Repository | null; readonly back: string }
): Html {
  const { repository, back } = at
  if (viewer === null) return html`<span class="quiet">Nobody is here yet</span>`
  const option = (one: Account): Html => {
    const role = repository === null ? '' : ` (${roleWords(repository, one)})`
    return html`<option value="${one.login}" ${one.id === viewer.id ? 'selected' : ''}>${one.login}${role}</option>`
  }
  return html`<form method="post" action="/_sandbox/person">
<input type="hidden" name="back" value="${back}">
<label>You are <select name="login">${people(world).map(option)}</select></label> <button>Switch</button>
</form>`
}

export function addPersonForms(app: Hono, world: World): void {
  app.post('/_sandbox/person', async context => {
    const form = await context.req.parseBody()
    const { login } = personNamed(world, String(form.login ?? ''))
    return become(context, login, ownAddress(world, String(form.back ?? '')) ?? '/')
  })
  app.post('/_sandbox/people', async context => {
    const form = await context.req.parseBody()
    const account = ensureAccount(world, String(form.login ?? '').trim())
    if (isPerson(account)) return become(context, account.login, '/')
    const what = 'this login belongs to an organization, an App or the sandbox itself'
    throw new AppError('INVALID_ARGUMENT', `adding the person "${account.login}": ${what}`)
  })
}

function become(context: Context, login: string, next: string): Response {
  setCookie(context, COOKIE, login, { httpOnly: true, sameSite: 'Lax', path: '/' })
  return context.redirect(next, 303)
}
