/** What the file says of agents, and the rules that come of it. */
import { z } from 'zod'
import type { AgentLevels, AgentRules, KnownAgent } from '#app/core/agent-choice.ts'
import { REASONING } from '#app/core/labels.ts'
import { ROLES, STAGE_NAMES } from '#app/core/stage.ts'
import type { Environment } from './environment.ts'
import type { ConfigFile } from './file.ts'
import type { Problem } from './problem.ts'

/** `executors/runner/agents/index.ts` has one file for each; a test holds the two together. */
export const AGENT_NAMES = ['command', 'codex', 'claude'] as const
type AgentName = (typeof AGENT_NAMES)[number]

/** What a model may be called: it becomes an argument of the agent's program. */
const model = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}$/, {
  error: 'must be the name of a model, like gpt-5.4'
})

const wish = {
  name: z.enum(AGENT_NAMES).optional().describe('Which agent works.'),
  model: model.optional().describe("The agent's model; not set: what the agent takes by itself."),
  reasoning: z.enum(REASONING).optional().describe('How hard the model thinks.')
}
const byStage = z
  .partialRecord(z.enum(STAGE_NAMES), z.strictObject(wish))
  .default({})
  .describe('name, model and reasoning of a stage; goes before that of its role.')
const byRole = z
  .partialRecord(z.enum(ROLES), z.strictObject(wish))
  .default({})
  .describe('name, model and reasoning of a role (dev, qa, …).')

/** The section `agent`. */
export const AgentSection = z
  .strictObject({
    ...wish,
    command: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Program and arguments of the `command` agent.'),
    stages: byStage,
    roles: byRole,
    projects: z
      .record(z.string().min(1), z.strictObject({ ...wish, stages: byStage, roles: byRole }))
      .default({})
      .describe('The same by project key; each goes before what is said for all.')
  })
  .prefault({})

const program = (name: string) =>
  z.strictObject({
    program: z
      .array(z.string().min(1))
      .min(1)
      .default([name])
      .describe('Program and first arguments, on PATH or at an absolute place.'),
    models: z
      .array(model)
      .default([])
      .describe('Models that a label `[ai-model-NAME]` may ask for.'),
    fallback: model
      .optional()
      .describe('Model of a run whose label asks for another; not set: as without the label.')
  })

/** The section `agents`. */
export const AgentsSection = z
  .strictObject({
    codex: program('codex').prefault({}),
    claude: program('claude').prefault({})
  })
  .prefault({})

/** Which provider an agent's model calls go to. */
const KEYS = {
  codex: 'STAGEWRIGHT_OPENAI_API_KEY',
  claude: 'STAGEWRIGHT_ANTHROPIC_API_KEY'
} as const

/** Null, with every problem noted, when an agent that some run would get is not set up. */
export function agentRules(
  env: Environment,
  file: ConfigFile,
  problems: Problem[]
): AgentRules | null {
  const { stages, roles, projects, command: written, ...own } = file.agent
  const name = env.STAGEWRIGHT_AGENT ?? own.name ?? 'command'
  // A model of the file's own level is about the agent that the file names.
  const kept = own.name === undefined || own.name === name ? own : {}
  const platform = { ...kept, name, stages, roles }
  const named = namesOf([platform, ...Object.values(projects)])
  const command = named.has('command') ? readCommand(env, written, problems) : []
  for (const agent of ['codex', 'claude'] as const) {
    const where = KEYS[agent]
    if (named.has(agent) && env[where] === undefined)
      problems.push({ where, what: `is not set; the agent ${agent} needs it` })
  }
  if (command === null) return null
  const known: Record<string, KnownAgent> = {}
  for (const agent of ['codex', 'claude'] as const) {
    const { program: words, models, fallback } = file.agents[agent]
    known[agent] = { command: words, models, fallback: fallback ?? null }
  }
  if (command.length > 0) known.command = { command, models: [], fallback: null }
  return { platform, projects, known }
}

function namesOf(levels: readonly AgentLevels[]): ReadonlySet<AgentName> {
  const wishes = levels.flatMap(level => [
    level,
    ...Object.values(level.stages),
    ...Object.values(level.roles)
  ])
  return new Set(wishes.flatMap(one => AGENT_NAMES.filter(name => name === one.name)))
}

function readCommand(
  env: Environment,
  written: readonly string[] | undefined,
  problems: Problem[]
): readonly string[] | null {
  const where = 'STAGEWRIGHT_AGENT_COMMAND'
  if (env[where] === undefined) {
    if (written !== undefined) return written
    problems.push({
      where,
      what: 'is not set; name the program that does the work as a JSON array, or set agent.command in the config file, or choose STAGEWRIGHT_AGENT=codex or claude'
    })
    return null
  }
  try {
    return z.array(z.string().min(1)).min(1).parse(JSON.parse(env[where]))
  } catch {
    // Not JSON, or JSON of another shape: the one sentence below covers both.
    problems.push({
      where,
      what: 'is no JSON array of words; write for example ["node","/opt/agent.mjs"]'
    })
    return null
  }
}
