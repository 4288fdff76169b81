/** The App's public page, and choosing an account and repositories to install it on. */
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { accountNamed, repositoryNamed } from '#app/sandbox/control.ts'
import { eventsOf } from '#app/sandbox/events.ts'
import { type Chosen, install, installationOf } from '#app/sandbox/installations.ts'
import { type Html, page, type Sheet } from '#app/sandbox/page/layout.ts'
import { show } from '#app/sandbox/page/show.ts'
import type { Account, Installation } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import { appOf, FORMS, nameList, owners, permissionList, readForm } from './parts.ts'

export function addInstallPages(app: Hono, world: World): void {
  app.get('/apps/:slug', context => show(world, context, publicPage(world, context)))
  app.get('/apps/:slug/installations/new', context => chooseAccount(world, context))
  app.get('/apps/:slug/installations/new/permissions', context => {
    const id = context.req.query('target_id')
    const account = owners(world).find(one => String(one.id) === id)
    if (account === undefined) {
      throw new AppError('NOT_FOUND', `installing the App: there is no account with id ${id}`)
    }
    return show(world, context, choosePage(world, context, account))
  })
  app.post(`${FORMS}/apps/:slug/installations`, context => takeChoice(world, context))
}

function publicPage(world: World, context: Context): Sheet {
  const app = appOf(world, context)
  const body = html`<p>${app.description ?? 'No description.'}</p>
<p>By ${app.owner.login} · <a href="${app.externalUrl}">homepage</a></p>
<p><a href="/apps/${app.slug}/installations/new">Install or configure</a></p>`
  return page(app.name, [], body)
}

/** With one account only there is nothing to choose, as on GitHub. */
function chooseAccount(world: World, context: Context): Response | Promise<Response> {
  const app = appOf(world, context)
  const [first, ...others] = owners(world)
  const href = (one: Account): string =>
    `/apps/${app.slug}/installations/new/permissions?target_id=${one.id}`
  if (first !== undefined && others.length === 0) return context.redirect(href(first))
  const body = html`<p>Where do you want to install ${app.name}?</p>
<ul class="plain">${[first, ...others]
    .filter(one => one !== undefined)
    .map(
      one =>
        html`<li><a href="${href(one)}">${one.login}</a> <span class="quiet">${installationOf(world, one) === null ? '' : 'installed'}</span></li>`
    )}</ul>`
  return show(world, context, page(`Install ${app.name}`, [[app.name, `/apps/${app.slug}`]], body))
}

function choosePage(world: World, context: Context, account: Account): Sheet {
  const app = appOf(world, context)
  const body = html`${selectionForm(world, { account, slug: app.slug, button: 'Install' })}
<h2>With these permissions</h2>
${permissionList(app.permissions)}
<h2>And these events</h2>
${nameList(eventsOf(app))}`
  return page(`Install ${app.name} on ${account.login}`, [[app.name, `/apps/${app.slug}`]], body)
}

/** Chooses all or some repositories of an account; also used to change them later. */
export function selectionForm(
  world: World,
  given: { readonly account: Account; readonly slug: string; readonly button: string }
): Html {
  const { account, slug, button } = given
  const before: Installation | null = installationOf(world, account)
  const owned = [...world.state.repositories.values()].filter(one => one.owner.id === account.id)
  const isAll = before === null || before.selection === 'all'
  return html`<form class="wide" method="post" action="${FORMS}/apps/${slug}/installations">
<input type="hidden" name="account" value="${account.login}">
<p><label><input type="radio" name="selection" value="all" ${isAll ? 'checked' : ''}> All repositories, later ones too</label></p>
<p><label><input type="radio" name="selection" value="selected" ${isAll ? '' : 'checked'}> Only select repositories</label></p>
<ul class="plain">${owned.map(
    one =>
      html`<li><label><input type="checkbox" name="repository" value="${one.fullName}" ${before?.repositories.has(one.id) === true ? 'checked' : ''}> ${one.fullName}</label></li>`
  )}</ul>
<button>${button}</button>
</form>`
}

/** Docs: "About the setup URL": the browser goes there with the installation's id. */
async function takeChoice(world: World, context: Context): Promise<Response> {
  const app = appOf(world, context)
  const field = await readForm(context)
  const account = accountNamed(world, field('account')[0] ?? '')
  const repositories: Chosen =
    field('selection')[0] === 'all'
      ? 'all'
      : field('repository').map(name => repositoryNamed(world, name))
  const isNew = installationOf(world, account) === null
  const { id } = install(world, account, { repositories, by: account })
  if (app.setupUrl === null || !isNew) {
    return context.redirect(`/settings/installations/${id}`, 303)
  }
  const setup = new URL(app.setupUrl)
  setup.searchParams.set('installation_id', String(id))
  setup.searchParams.set('setup_action', 'install')
  return context.redirect(setup.href, 303)
}
