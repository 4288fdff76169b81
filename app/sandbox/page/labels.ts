/** The labels of a repository, and making one. */
import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Repository } from '#app/sandbox/state.ts'
import { onRepository } from './forms.ts'
import { repositorySheet, type Sheet } from './layout.ts'
import { show } from './show.ts'
import { repositoryOf, type Site } from './site.ts'
import { labelView } from './views.ts'

/** What the field for a colour shows first. */
const FIRST_COLOR = '#0075ca'

export function addLabelPages(app: Hono, site: Site): void {
  const { world } = site
  app.get('/:owner/:name/labels', context =>
    show(world, context, sheet(repositoryOf(world, context)))
  )
  app.post('/_sandbox/:owner/:name/labels', context =>
    onRepository(site, context, (field, { fullName }) => ({
      method: 'POST',
      path: '/labels',
      body: {
        name: field('name'),
        // The browser's field has a "#" in front, the API has none.
        color: field('color').replace(/^#/, ''),
        description: field('description')
      },
      next: `/${fullName}/labels`
    }))
  )
}

function sheet(repository: Repository): Sheet {
  const { labels, fullName, issues } = repository
  const used = (name: string): number =>
    issues.filter(issue => issue.labels.some(label => label.name === name)).length
  const rows = labels.map(
    one => html`<tr><td>${labelView(one)}</td><td><code>#${one.color}</code></td>
<td>${one.description ?? ''}</td><td>${used(one.name)}</td></tr>`
  )
  const list = html`<div class="scroll"><table>
<thead><tr><th scope="col">Label</th><th scope="col">Colour</th><th scope="col">Description</th><th scope="col">Used</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
  const body = html`${labels.length === 0 ? html`<p class="quiet">None yet.</p>` : list}
<h2>New label</h2>
<form class="wide" method="post" action="/_sandbox/${fullName}/labels">
<p><label>Name <input name="name" required maxlength="50"></label>
<label>Colour <input name="color" type="color" value="${FIRST_COLOR}"></label></p>
<p><label>Description <input class="long" name="description" maxlength="100"></label></p>
<button class="go">Create label</button>
</form>`
  return repositorySheet(repository, 'Labels', body)
}
