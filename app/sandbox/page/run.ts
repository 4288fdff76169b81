/** The page of a check run, with its buttons. */
import { html } from 'hono/html'
import type { CheckRun, Repository } from '#app/sandbox/state.ts'
import type { World } from '#app/sandbox/world.ts'
import { actAs, type Html, page, prose } from './layout.ts'

export function runPage(world: World, repository: Repository, run: CheckRun): Html {
  const action = `/_sandbox/${repository.fullName}/runs/${run.id}`
  const word = run.conclusion ?? run.status
  const body = html`
<p><span class="${word}">${word}</span> · commit <code>${run.headSha.slice(0, 7)}</code>
<span class="quiet">${run.startedAt ?? ''}${run.completedAt === null ? '' : ` to ${run.completedAt}`}</span></p>
${run.title === null ? '' : html`<h2>${run.title}</h2>`}
${run.summary === null ? '' : prose(run.summary)}
${run.text === null ? '' : prose(run.text)}
${run.annotations.map(
  one =>
    html`<p><code>${String(one.path)}:${String(one.start_line)}</code> ${String(one.annotation_level)}: ${String(one.message)}</p>`
)}
${run.actions.map(
  button => html`<form method="post" action="${action}/press">
<input type="hidden" name="identifier" value="${button.identifier}">${actAs(world)}
<button title="${button.description}">${button.label}</button>
</form>`
)}
<form method="post" action="${action}/rerequest">${actAs(world)} <button>Re-run</button></form>`
  return page(run.name, [[repository.fullName, `/${repository.fullName}`]], body)
}
