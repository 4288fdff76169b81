/** Registering an App from a manifest, as a person sees it. */
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import { AppError } from '#app/core/errors.ts'
import { slugOf } from '#app/sandbox/app.ts'
import { accountNamed, ensureAccount } from '#app/sandbox/control.ts'
import { type Manifest, readManifest } from '#app/sandbox/manifest/manifest.ts'
import { registerFromManifest } from '#app/sandbox/manifest/register.ts'
import { type Html, page, type Sheet } from '#app/sandbox/page/layout.ts'
import { show } from '#app/sandbox/page/show.ts'
import { people, viewerOf } from '#app/sandbox/page/viewer.ts'
import type { Account } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import { FORMS, nameList, permissionList, readForm } from './parts.ts'

/** Addresses: docs, "Registering a GitHub App from a manifest". */
export function addRegisterPages(app: Hono, world: World): void {
  for (const path of ['/settings/apps/new', '/organizations/:org/settings/apps/new']) {
    app.get(path, context => show(world, context, pastePage()))
    app.post(path, context => confirm(world, context))
  }
  app.post(`${FORMS}/register`, context => register(world, context))
}

function pastePage(): Sheet {
  const body = html`<p>A site that wants an App of its own sends its manifest here. You may paste one, too.</p>
<form class="wide" method="post">
<p><label>Manifest (JSON)<br><textarea name="manifest" required></textarea></label></p>
<button>Continue</button>
</form>`
  return page('Register a GitHub App', [], body)
}

async function confirm(world: World, context: Context): Promise<Response> {
  const field = await readForm(context)
  const text = field('manifest')[0] ?? ''
  const org = context.req.param('org') ?? ''
  if (org !== '') accountNamed(world, org)
  const { manifest, errors } = readManifest(text)
  if (manifest === null) return show(world, context, invalidPage(errors), 422)
  const state = field('state')[0] ?? context.req.query('state') ?? ''
  const viewer = viewerOf(world, context, null)
  return show(world, context, confirmPage(world, { manifest, text, state, org, viewer }))
}

function invalidPage(errors: readonly string[]): Sheet {
  const body = html`<p>The configuration does not appear to be a valid GitHub App manifest.</p>
<ul class="error">${errors.map(one => html`<li>Error: ${one}</li>`)}</ul>`
  return page('Invalid GitHub App configuration', [], body)
}

interface Asked {
  readonly manifest: Manifest
  readonly text: string
  readonly state: string
  /** '' for the person's own account. */
  readonly org: string
  /** Chosen already; the site that sent the manifest may be one that our cookie does not come from. */
  readonly viewer: Account | null
}

function confirmPage(world: World, { manifest, text, state, org, viewer }: Asked): Sheet {
  const { hook, permissions, events } = manifest
  const replaced =
    world.app === null
      ? ''
      : html`<p class="error">A sandbox has one App. The App <strong>${world.app.name}</strong> and its installations are deleted when you go on.</p>`
  const body = html`${replaced}
<form class="wide" method="post" action="${FORMS}/register">
<input type="hidden" name="manifest" value="${text}">
<input type="hidden" name="state" value="${state}">
<input type="hidden" name="org" value="${org}">
<p><label>GitHub App name <input name="name" required maxlength="34" value="${manifest.name}"></label></p>
<p>${ownerField(world, viewer)} <button>Create GitHub App${org === '' ? '' : ` for ${org}`}</button></p>
</form>
<h2>What it asks for</h2>
${permissionList(permissions)}
<h2>Events it is sent</h2>
${nameList(events)}
<p>Webhook: ${hook === null ? 'none' : html`<code>${hook.url}</code>`}</p>
<p>Homepage: <code>${manifest.externalUrl}</code></p>`
  return page('Create GitHub App', [], body)
}

/** Whose App it becomes. Nobody is here yet: a field for a new person's login. */
function ownerField(world: World, viewer: Account | null): Html {
  if (viewer === null) {
    return html`<label>as <input name="by" required placeholder="a new person's login"></label>`
  }
  return html`<label>as <select name="by">${people(world).map(
    ({ id, login }) => html`<option ${id === viewer.id ? 'selected' : ''}>${login}</option>`
  )}</select></label>`
}

async function register(world: World, context: Context): Promise<Response> {
  const field = await readForm(context)
  const [text = '', name = ''] = [field('manifest')[0], field('name')[0]]
  const org = field('org')[0] ?? ''
  const by = ensureAccount(world, field('by')[0] ?? '')
  const owner = org === '' ? by : accountNamed(world, org)
  const { manifest, errors } = readManifest(text, name)
  if (manifest === null) return show(world, context, invalidPage(errors), 422)
  if (slugOf(manifest.name) === '') {
    throw new AppError('INVALID_ARGUMENT', 'creating the App: give it a name with letters in it')
  }
  const { app, code } = await registerFromManifest(world, owner, manifest)
  if (manifest.redirectUrl === null) return context.redirect(`/settings/apps/${app.slug}`, 303)
  const back = new URL(manifest.redirectUrl)
  back.searchParams.set('code', code)
  const state = field('state')[0] ?? ''
  if (state !== '') back.searchParams.set('state', state)
  return context.redirect(back.href, 303)
}
