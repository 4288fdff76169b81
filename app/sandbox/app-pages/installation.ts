/** One installation: its repositories, what it was granted, and ending it. */
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { grantedTo, theApp } from '#app/sandbox/app.ts'
import { acceptPermissions, suspend, uninstall, unsuspend } from '#app/sandbox/installations.ts'
import { page, type Sheet } from '#app/sandbox/page/layout.ts'
import { show } from '#app/sandbox/page/show.ts'
import type { Account, Installation } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import { selectionForm } from './install.ts'
import { FORMS, permissionList } from './parts.ts'

type Act = (world: World, installation: Installation, by: Account) => void

const ACTS: Readonly<Record<string, Act>> = {
  accept: acceptPermissions,
  suspend,
  unsuspend,
  uninstall
}

export function addInstallationPages(app: Hono, world: World): void {
  app.get('/settings/installations', context => show(world, context, listPage(world)))
  for (const path of [
    '/settings/installations/:id',
    '/organizations/:org/settings/installations/:id'
  ]) {
    app.get(path, context =>
      show(world, context, installationPage(world, installationAt(world, context)))
    )
    app.get(`${path}/permissions/update`, context =>
      show(world, context, installationPage(world, installationAt(world, context)))
    )
  }
  app.post(`${FORMS}/installations/:id/:act`, context => {
    const installation = installationAt(world, context)
    const name = context.req.param('act')
    const act = ACTS[name]
    if (act === undefined) throw new AppError('NOT_FOUND', `changing the installation: no ${name}`)
    act(world, installation, installation.account)
    const isGone = !world.state.installations.has(installation.id)
    return context.redirect(`/settings/installations${isGone ? '' : `/${installation.id}`}`, 303)
  })
}

function installationAt(world: World, context: Context): Installation {
  const id = context.req.param('id')
  const found = world.state.installations.get(Number(id))
  if (found !== undefined) return found
  throw new AppError('NOT_FOUND', `showing the installation ${id}: there is none`)
}

function listPage(world: World): Sheet {
  const all = [...world.state.installations.values()]
  const body = html`<ul class="plain">${all.map(
    one =>
      html`<li><a href="/settings/installations/${one.id}">${theApp(world).name} on ${one.account.login}</a> <span class="quiet">${one.suspendedAt === null ? '' : 'suspended'}</span></li>`
  )}</ul>`
  return page('Installed GitHub Apps', [], body)
}

function installationPage(world: World, installation: Installation): Sheet {
  const app = theApp(world)
  const { account, id, suspendedAt } = installation
  const granted = grantedTo(app, installation)
  const missing = Object.entries(app.permissions).filter(
    ([name, access]) => granted[name] !== access
  )
  const button = (act: string, words: string) =>
    html`<form method="post" action="${FORMS}/installations/${id}/${act}"><button>${words}</button></form>`
  const review =
    missing.length === 0
      ? ''
      : html`<p class="error">${app.name} asks for more: ${permissionList(Object.fromEntries(missing))} ${button('accept', 'Accept new permissions')}</p>`
  const state =
    suspendedAt === null ? '' : html`<p class="error">Suspended since ${suspendedAt}.</p>`
  const body = html`${state}${review}
<h2>Repository access</h2>
${selectionForm(world, { account, slug: app.slug, button: 'Save' })}
<h2>Permissions</h2>
${permissionList(granted)}
<h2>Danger zone</h2>
${suspendedAt === null ? button('suspend', 'Suspend') : button('unsuspend', 'Unsuspend')}
${button('uninstall', 'Uninstall')}`
  const crumbs = [['Installed GitHub Apps', '/settings/installations']] as const
  return page(`${app.name} on ${account.login}`, crumbs, body)
}
