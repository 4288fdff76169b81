/** The optional YAML file: what is long. */
import { readFileSync } from 'node:fs'
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { REASONING } from '#app/core/labels.ts'
import { LOCALES } from '#app/core/run.ts'
import { STAGE_NAMES } from '#app/core/stage.ts'
import { AgentSection, AgentsSection } from './agents.ts'
import type { Problem } from './problem.ts'

const labelOverrides = z.partialRecord(z.enum(STAGE_NAMES), z.string().min(1).max(50)).default({})
const megabytes = (value: number, limit: number) =>
  z.number().int().min(1).max(limit).default(value)

/** What the optional YAML file may hold; an unknown key is a typo, so it fails. */
export const ConfigFile = z.strictObject({
  locale: z.enum(LOCALES).optional().describe('Language of the default project: en or ru.'),
  labels: z
    .strictObject({
      run: labelOverrides.describe('Trigger labels by stage; default run:<stage>.'),
      revise: labelOverrides.describe('Revise labels by stage; default run:<stage>:revise.'),
      inReview: z
        .string()
        .min(1)
        .max(50)
        .default('state:in-review')
        .describe('Label of an issue and pull request that wait for review.'),
      model: z
        .string()
        .max(50)
        .regex(/^[^<>]*<name>[^<>]*$/, { error: 'must hold <name> once, like [ai-model-<name>]' })
        .default('[ai-model-<name>]')
        .describe('Label that asks for a model; <name> stands for its name.'),
      reasoning: z
        .partialRecord(z.enum(REASONING), z.string().min(1).max(50))
        .default({})
        .describe('Labels that ask for an effort; default [ai-reasoning-low] and so on.')
    })
    .prefault({}),
  agent: AgentSection,
  agents: AgentsSection,
  protectedPaths: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Paths that no run may change; default .github/**, CODEOWNERS, docs/CODEOWNERS, .stagewright/**, stagewright.yaml.'
    ),
  retention: z
    .strictObject({
      payloadDays: z
        .number()
        .int()
        .min(1)
        .max(3650)
        .default(30)
        .describe('How long the bodies of finished deliveries are kept.'),
      keyDays: z
        .number()
        .int()
        .min(4)
        .max(3650)
        .default(400)
        .describe('How long delivery ids are kept, so that a second copy is known as one.')
    })
    .refine(({ payloadDays, keyDays }) => payloadDays <= keyDays, {
      error: 'keyDays must not be less than payloadDays'
    })
    .prefault({}),
  limits: z
    .strictObject({
      runs: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(8)
        .describe('Runs at once, over all projects and replicas.'),
      attempts: z
        .number()
        .int()
        .min(1)
        .max(20)
        .default(3)
        .describe('Attempts the platform starts by itself when a place of work is lost.'),
      changedFiles: z
        .number()
        .int()
        .min(1)
        .max(3000)
        .default(300)
        .describe('Files that one run may change.'),
      changedMegabytes: megabytes(20, 100).describe('Size of all files that one run may change.'),
      fileMegabytes: megabytes(5, 100).describe('Size of one changed file.'),
      logMegabytes: megabytes(10, 100).describe('Log of one attempt; what comes after is cut.'),
      bundleMegabytes: megabytes(50, 200).describe('Git bundle of one attempt.'),
      sessionMegabytes: megabytes(20, 100).describe('Saved session of one run.')
    })
    .prefault({})
})
export type ConfigFile = z.output<typeof ConfigFile>

/** The file by its schema, with defaults for what it leaves out; null, with every problem noted by line and column, when it does not fit. */
export function readConfigFile(path: string | undefined, problems: Problem[]): ConfigFile | null {
  if (path === undefined) return ConfigFile.parse({})
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    problems.push({
      where: 'STAGEWRIGHT_CONFIG_FILE',
      what: `reading ${path}: ${cause instanceof Error ? cause.message : cause}`
    })
    return null
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 20 } as Parameters<
    typeof parseDocument
  >[1])
  for (const error of document.errors) {
    const at = lines.linePos(error.pos[0])
    problems.push({
      where: `${path}:${at.line}:${at.col}`,
      what: error.message.split('\n')[0] ?? error.code
    })
  }
  if (document.errors.length > 0) return null
  const read = ConfigFile.safeParse(document.toJS() ?? {})
  if (read.success) return read.data
  for (const issue of read.error.issues) {
    const unknown =
      issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
    const at = lines.linePos(offsetOf(document, unknown, issue.code === 'unrecognized_keys'))
    problems.push({
      where: `${path}:${at.line}:${at.col} ${unknown.join('.')}`,
      what: issue.message
    })
  }
  return null
}

/** Where what a path names stands, its key or its value; or the deepest part of the path that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[], key: boolean): number {
  let at = 0
  let node: unknown = document.contents
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && item.key.value === step)
      if (pair === undefined) return at
      at = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? at
      node = pair.value
      const last = depth === path.length - 1
      if (last && !key && isNode(node)) at = node.range?.[0] ?? at
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step]
      at = (isNode(node) ? node.range?.[0] : undefined) ?? at
    } else return at
  }
  return at
}
