import type { RunKind, StageName } from './stage.ts'
import { STAGE_NAMES } from './stage.ts'

/** Efforts that a label may ask for, weakest first. */
export const REASONING = ['low', 'medium', 'high', 'extra-high'] as const
export type Reasoning = (typeof REASONING)[number]

/** Label names as this platform uses them: configuration, never literals in rules (product spec 3.1). */
export interface LabelNames {
  readonly run: Readonly<Record<StageName, string>>
  readonly revise: Readonly<Record<StageName, string>>
  readonly inReview: string
  /** Asks for a model; `<name>` stands for its name. */
  readonly model: string
  readonly reasoning: Readonly<Record<Reasoning, string>>
}

export interface TriggerLabel {
  readonly label: string
  readonly stage: StageName
  readonly kind: RunKind
}

/** The catalogue's own names, each of which configuration may override. */
export function defaultLabelNames(): LabelNames {
  const of = (suffix: string): Record<StageName, string> =>
    Object.fromEntries(STAGE_NAMES.map(stage => [stage, `run:${stage}${suffix}`])) as Record<
      StageName,
      string
    >
  return {
    run: of(''),
    revise: of(':revise'),
    inReview: 'state:in-review',
    model: '[ai-model-<name>]',
    reasoning: {
      low: '[ai-reasoning-low]',
      medium: '[ai-reasoning-medium]',
      high: '[ai-reasoning-high]',
      'extra-high': '[ai-reasoning-extra-high]'
    }
  }
}

/** Labels are compared trimmed and case-insensitively, as GitHub itself does for names. */
export function sameLabel(left: string, right: string): boolean {
  return left.trim().toLowerCase() === right.trim().toLowerCase()
}

/** The trigger that a label stands for; null when it is none of ours. */
export function triggerOf(label: string, names: LabelNames): TriggerLabel | null {
  for (const stage of STAGE_NAMES) {
    if (sameLabel(label, names.run[stage])) return { label, stage, kind: 'work' }
    if (sameLabel(label, names.revise[stage])) return { label, stage, kind: 'revise' }
  }
  return null
}

/** All trigger labels among `labels`, in the order given. */
export function triggersAmong(labels: readonly string[], names: LabelNames): TriggerLabel[] {
  return labels.flatMap(label => triggerOf(label, names) ?? [])
}
