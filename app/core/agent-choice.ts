/** Which agent does a run, with which model: what configuration says of it, and the labels (product spec 3.1, 3.2). */
import type { AgentChoice } from './attempt.ts'
import { type Refusal, refuse } from './decision.ts'
import { type LabelNames, REASONING, type Reasoning, sameLabel } from './labels.ts'
import type { Role, StageName } from './stage.ts'

/** What stands for the model's name in the model label of `LabelNames`. */
export const MODEL_PLACE = '<name>'

/** What a level of the configuration says; what it leaves out comes from a more general level. */
export interface AgentWish {
  readonly name?: string | undefined
  readonly model?: string | undefined
  readonly reasoning?: Reasoning | undefined
}

export interface AgentLevels extends AgentWish {
  readonly stages: Readonly<Partial<Record<StageName, AgentWish>>>
  readonly roles: Readonly<Partial<Record<Role, AgentWish>>>
}

/** One kind of agent as this platform has it. */
export interface KnownAgent {
  /** Program and first arguments; never passed through a shell. */
  readonly command: readonly string[]
  /** Models that a label may ask for. */
  readonly models: readonly string[]
  /** The model of a run whose label asks for one that is not among them; null: as if there were no label. */
  readonly fallback: string | null
}

export interface AgentRules {
  /** The platform's own level; its name is always set. */
  readonly platform: AgentLevels & { readonly name: string }
  /** By project key. */
  readonly projects: Readonly<Record<string, AgentLevels>>
  readonly known: Readonly<Record<string, KnownAgent>>
}

export interface ChoiceInput {
  readonly project: string
  readonly stage: StageName
  readonly role: Role
  /** Sets of labels, the one that is asked first in front: of the issue, of the pull request. */
  readonly scopes: ReadonlyArray<readonly string[]>
  readonly labels: LabelNames
}

export interface Chosen {
  readonly agent: AgentChoice
  /** The model that a label asked for and did not get. */
  readonly refusedModel: string | null
}

/**
 * Labels go before the project's stage, role and own level, and those before the platform's. The most
 * specific level that names an agent decides which one; a model or effort of a level that is about
 * another agent does not count. Two labels of one group in one set are a refusal. A label's model
 * outside the agent's list becomes its fallback (anybody who may label could else choose the price).
 */
export function chooseAgent(rules: AgentRules, input: ChoiceInput): Chosen | Refusal {
  const conflict = labelConflict(input)
  if (conflict !== null) return conflict
  const levels = levelsOf(rules, input)
  const name = levels.find(level => level.name !== undefined)?.name ?? rules.platform.name
  const known = rules.known[name]
  if (known === undefined) return refuse('agent_unknown', { agent: name })
  const own = levels.filter(
    (_, index) => levels.slice(index).find(one => one.name !== undefined)?.name === name
  )
  const configured = own.find(level => level.model !== undefined)?.model ?? null
  const wished = firstOf(input, modelLabels)
  const allowed = wished === null ? null : (known.models.find(model => same(model, wished)) ?? null)
  const reasoning = firstOf(input, reasoningLabels)
  return {
    agent: {
      name,
      command: known.command,
      model: wished === null ? configured : (allowed ?? known.fallback ?? configured),
      reasoning: reasoning ?? own.find(level => level.reasoning !== undefined)?.reasoning ?? null
    },
    refusedModel: wished !== null && allowed === null ? wished : null
  }
}

/** Most specific first. */
function levelsOf(rules: AgentRules, input: ChoiceInput): readonly AgentWish[] {
  const project = Object.hasOwn(rules.projects, input.project)
    ? rules.projects[input.project]
    : undefined
  return [project, rules.platform].flatMap(level =>
    level === undefined
      ? []
      : [level.stages[input.stage] ?? {}, level.roles[input.role] ?? {}, level]
  )
}

type Group = (labels: readonly string[], names: LabelNames) => readonly string[]

function labelConflict({ scopes, labels }: ChoiceInput): Refusal | null {
  for (const group of [modelLabels, reasoningLabels]) {
    for (const scope of scopes) {
      if (group(scope, labels).length < 2) continue
      const both = scope.filter(label => group([label], labels).length > 0)
      return refuse('agent_label_conflict', { labels: both.join(', ') })
    }
  }
  return null
}

function firstOf({ scopes, labels }: ChoiceInput, group: Group): string | null {
  for (const scope of scopes) {
    const [first] = group(scope, labels)
    if (first !== undefined) return first
  }
  return null
}

/** The models that labels ask for: `[ai-model-gpt-5.4]` asks for `gpt-5.4`. */
function modelLabels(labels: readonly string[], names: LabelNames): readonly string[] {
  const [before = '', after = ''] = names.model.toLowerCase().split(MODEL_PLACE)
  return labels.flatMap(label => {
    const text = label.trim()
    const lower = text.toLowerCase()
    if (!lower.startsWith(before) || !lower.endsWith(after)) return []
    const model = text.slice(before.length, text.length - after.length).trim()
    return model === '' || before.length + after.length >= text.length ? [] : [model]
  })
}

function reasoningLabels(labels: readonly string[], names: LabelNames): readonly Reasoning[] {
  return labels.flatMap(label =>
    REASONING.filter(effort => sameLabel(label, names.reasoning[effort]))
  )
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
