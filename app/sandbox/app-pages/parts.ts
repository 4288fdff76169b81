/** What the pages about Apps share: who is named in the address, fields of forms, lists. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { OWN_APP_OWNER, type RegisteredApp, theApp } from '#app/sandbox/app.ts'
import type { Access, Account } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'

/** Forms of these pages are sent below this address. */
export const FORMS = '/_sandbox/app-pages'

/** The App that the address names. NOT_FOUND for another. */
export function appOf(world: World, context: Context): RegisteredApp {
  const slug = context.req.param('slug')
  const app = theApp(world)
  if (app.slug === slug) return app
  throw new AppError('NOT_FOUND', `showing the App ${slug}: there is none of that name`)
}

/** Fields as lists: boxes and selections may have many values, other fields have one. */
export async function readForm(context: Context): Promise<(name: string) => readonly string[]> {
  const form = await context.req.parseBody({ all: true })
  return name => {
    const value = form[name]
    const all = value === undefined ? [] : Array.isArray(value) ? value : [value]
    return all.filter(one => typeof one === 'string')
  }
}

/** People and organizations, in the order they came. */
export function owners(world: World): readonly Account[] {
  return [...world.state.accounts.values()].filter(
    one => one.type !== 'Bot' && one.login !== OWN_APP_OWNER
  )
}

export function permissionList(permissions: Readonly<Record<string, Access>>) {
  return html`<ul>${Object.entries(permissions).map(
    ([name, access]) => html`<li><code>${name}</code>: ${access}</li>`
  )}</ul>`
}

export function nameList(names: readonly string[]) {
  if (names.length === 0) return html`<p class="quiet">None.</p>`
  return html`<p>${names.map(name => html`<code>${name}</code> `)}</p>`
}
