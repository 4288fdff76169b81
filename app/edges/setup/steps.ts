/** The forms of steps 1 to 3. */
import { html } from 'hono/html'
import type { AgentLook } from '#app/core/set-up.ts'
import type { Errors, Fields } from './forms.ts'
import { choice, field, type Html, notice, page, type Where } from './layout.ts'
import type { Draft, SetUpParts } from './parts.ts'
import { T } from './texts.ts'

/** What was written last, or else what is known. */
export interface Filled {
  readonly fields: Fields
  readonly errors: Errors
}

export function addressPage(where: Where, parts: SetUpParts, { fields, errors }: Filled): Html {
  const { github } = parts.given
  const t = T.address
  const form = html`<p>${t.intro}</p>${notice(errors)}
<form method="post">
<fieldset><legend>${t.github}</legend>${
    github !== null
      ? html`<p>${t.given(github.webUrl)}</p>`
      : html`${choice({ group: 'github', value: 'cloud', label: t.cloud, checked: fields.github !== 'server' })}
${choice(
  { group: 'github', value: 'server', label: t.other, checked: fields.github === 'server' },
  field(
    {
      name: 'githubUrl',
      label: t.otherLabel,
      hint: t.otherHint,
      value: fields.githubUrl ?? '',
      type: 'url'
    },
    errors
  )
)}`
  }</fieldset>
<fieldset><legend>${t.server}</legend>
${choice(
  { group: 'server', value: 'public', label: t.public, checked: fields.server !== 'tunnel' },
  html`<p class="hint">${t.publicHint(parts.webhookPath)}</p>${field({ name: 'publicUrl', label: t.publicLabel, value: fields.publicUrl ?? '', type: 'url' }, errors)}`
)}
${choice(
  { group: 'server', value: 'tunnel', label: t.tunnel, checked: fields.server === 'tunnel' },
  html`<p class="hint">${t.tunnelHint}</p>${field({ name: 'channelUrl', label: t.tunnelLabel, hint: t.tunnelNew, value: fields.channelUrl ?? '', type: 'url' }, errors)}`
)}
</fieldset>
<div class="go"><button>${T.next}</button></div>
</form>`
  return page(t.title, where, form)
}

export function accountPage(where: Where, { fields, errors }: Filled): Html {
  const t = T.account
  const asOrganization = fields.owner === 'organization'
  const form = html`<p>${t.intro}</p>${notice(errors)}
<form method="post">
<fieldset><legend>${t.owner}</legend>
${choice({ group: 'owner', value: 'me', label: t.me, checked: !asOrganization })}
${choice(
  { group: 'owner', value: 'organization', label: t.organization, checked: asOrganization },
  field(
    {
      name: 'organization',
      label: t.organizationLabel,
      hint: t.organizationHint,
      value: fields.organization ?? ''
    },
    errors
  )
)}
</fieldset>
<div class="alone">${field({ name: 'name', label: t.nameLabel, hint: t.nameHint, value: fields.name ?? '' }, errors)}</div>
<div class="go"><button>${T.next}</button></div>
</form>`
  return page(t.title, where, form)
}

const PACKAGES = { codex: '@openai/codex', claude: '@anthropic-ai/claude-code' } as const
const KEY_NAMES = {
  codex: 'STAGEWRIGHT_OPENAI_API_KEY',
  claude: 'STAGEWRIGHT_ANTHROPIC_API_KEY'
} as const

export interface Found {
  readonly codex: AgentLook
  readonly claude: AgentLook
}

export function agentPage(
  where: Where,
  parts: SetUpParts,
  {
    fields,
    errors,
    found,
    agent
  }: Filled & { readonly found: Found; readonly agent: Draft['agent'] }
): Html {
  const t = T.agent
  const first = (['codex', 'claude'] as const).find(name => found[name].kind === 'found')
  const chosen = fields.agent ?? first ?? 'command'
  const model = (name: 'codex' | 'claude'): Html => {
    const isKept = agent?.name === name && agent.key !== null
    const hint = isKept ? html`${t.keyKept}` : t.keyHint(parts.files.path)
    const key = parts.given.modelKeys[name]
      ? html`<p class="hint">${t.keyGiven(KEY_NAMES[name])}</p>`
      : field(
          { name: `${name}Key`, label: t.keyLabel[name], value: '', type: 'password', hint },
          errors
        )
    return choice(
      { group: 'agent', value: name, label: t[name], checked: chosen === name },
      html`<p class="hint">${aboutLook(name, found[name])}</p>${found[name].kind === 'found' ? key : ''}`
    )
  }
  const form = html`<p>${t.intro}</p>${notice(errors)}
<form method="post">
<fieldset><legend>${t.legend}</legend>${errors.agent === undefined ? '' : html`<p class="error">${errors.agent}</p>`}
${model('codex')}
${model('claude')}
${choice(
  { group: 'agent', value: 'command', label: t.command, checked: chosen === 'command' },
  field(
    {
      name: 'command',
      label: t.commandLabel,
      hint: t.commandHint,
      value: fields.command ?? '',
      lines: true
    },
    errors
  )
)}
</fieldset>
${parts.given.isolated ? '' : isolation(fields, errors)}
<div class="go"><button>${T.next}</button></div>
</form>`
  return page(t.title, where, form)
}

function aboutLook(name: keyof Found, look: AgentLook): Html {
  const t = T.agent
  if (look.kind === 'absent') return t.missing(PACKAGES[name])
  return look.kind === 'refused' ? t.refused(look.why) : t.found(look)
}

function isolation(fields: Fields, errors: Errors): Html {
  const t = T.agent
  const error = errors.allowUnisolated
  return html`<fieldset><legend>${t.isolation}</legend><p class="hint" id="isolation">${t.isolationHint}</p>
<div class="choice"><label><input type="checkbox" name="allowUnisolated" value="yes" aria-describedby="isolation"${fields.allowUnisolated === 'yes' ? html` checked` : ''}>${t.allow}</label></div>
${error === undefined ? '' : html`<p class="error">${error}</p>`}</fieldset>`
}
