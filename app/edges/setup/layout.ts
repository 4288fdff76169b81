/** The frame of every page, and the parts that forms are made of. */
import { html } from 'hono/html'
import type { Errors } from './forms.ts'
import { STEPS, type Step } from './parts.ts'
import { STYLE_PATH } from './style.ts'
import { STEP_NAMES, T } from './texts.ts'

export type Html = ReturnType<typeof html>

/** `at`: the step that is shown; `reached`: how far one may go back and forth by link. */
export interface Where {
  readonly at: Step
  readonly reached: Step
  /** Address of the steps. */
  readonly base: string
}

export function page(title: string, where: Where | null, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${T.product}</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<div class="page">
<header><strong>${T.product}</strong> <span class="quiet">${T.setUp}</span>${where === null ? '' : stepsView(where)}</header>
<main>
<h1>${title}</h1>
${body}
</main>
</div>
</body>
</html>`
}

function stepsView({ at, reached, base }: Where): Html {
  const far = STEPS.indexOf(reached)
  return html`<nav aria-label="Steps"><ol class="steps">${STEPS.map((step, index) => {
    const name = `${index + 1}. ${STEP_NAMES[step]}`
    if (step === at) return html`<li aria-current="step">${name}</li>`
    const isOpen = index <= far && reached !== 'finish'
    return html`<li>${isOpen ? html`<a href="${base}/${step}">${name}</a>` : name}</li>`
  })}</ol></nav>`
}

export interface Choice {
  readonly group: string
  readonly value: string
  readonly label: string
  readonly checked: boolean
}

/** A radio button with what belongs to it below. */
export function choice({ group, value, label, checked }: Choice, under: Html | '' = ''): Html {
  return html`<div class="choice">
<label><input type="radio" name="${group}" value="${value}"${checked ? html` checked` : ''}>${label}</label>
${under === '' ? '' : html`<div class="under">${under}</div>`}
</div>`
}

export interface Field {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly hint?: Html | string
  readonly type?: 'text' | 'url' | 'password'
  readonly lines?: true
}

/** A labelled field; its hint and its error are read out with it. */
export function field(about: Field, errors: Errors): Html {
  const { name, label, value, hint = '', type = 'text', lines } = about
  const error = errors[name]
  const ids = [hint === '' ? '' : `${name}-hint`, error === undefined ? '' : `${name}-error`]
  const described = ids.filter(id => id !== '').join(' ')
  const common = html`id="${name}" name="${name}"${described === '' ? '' : html` aria-describedby="${described}"`}${error === undefined ? '' : html` aria-invalid="true"`} autocomplete="off" spellcheck="false"`
  return html`<div class="field"><label for="${name}">${label}</label>
${hint === '' ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
${lines === true ? html`<textarea ${common}>${value}</textarea>` : html`<input type="${type}" value="${value}" ${common}>`}
${error === undefined ? '' : html`<p class="error" id="${name}-error">${error}</p>`}</div>`
}

/** Announced, because the page was loaded anew; what is wrong stands at its field. */
export function notice(errors: Errors): Html | '' {
  if (Object.keys(errors).length === 0) return ''
  return html`<div class="box bad" role="alert"><strong>${T.wrong}.</strong> ${T.wrongHint}</div>`
}

export function failureBox(failure: string | null): Html | '' {
  return failure === null ? '' : html`<div class="box bad" role="alert">${failure}</div>`
}
