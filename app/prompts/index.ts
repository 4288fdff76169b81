import type { Locale } from '#app/core/run.ts'
import type { RunKind, StageName } from '#app/core/stage.ts'
import { DEV_REVISE_EN } from './dev-revise.en.ts'
import { DEV_REVISE_RU } from './dev-revise.ru.ts'
import { DEV_WORK_EN } from './dev-work.en.ts'
import { DEV_WORK_RU } from './dev-work.ru.ts'
import { ENVELOPE_EN } from './envelope.en.ts'
import { ENVELOPE_RU } from './envelope.ru.ts'
import type { Envelope, PromptTemplate } from './template.ts'

export const TEMPLATES: readonly PromptTemplate[] = [
  DEV_WORK_EN,
  DEV_WORK_RU,
  DEV_REVISE_EN,
  DEV_REVISE_RU
]

export const ENVELOPES: { readonly [L in Locale]: Envelope } = { en: ENVELOPE_EN, ru: ENVELOPE_RU }

/** The template of a stage, kind and language; null when there is none. */
export function templateFor(wanted: {
  readonly stage: StageName
  readonly kind: RunKind
  readonly locale: Locale
}): PromptTemplate | null {
  const { stage, kind, locale } = wanted
  return (
    TEMPLATES.find(
      template => template.stage === stage && template.kind === kind && template.locale === locale
    ) ?? null
  )
}
