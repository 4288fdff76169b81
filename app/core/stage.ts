/** Stages of the catalogue and what a stage file declares. The graph is an argument to the rules, never imported by them. */

/** Every stage name of the catalogue (product spec 3.1), in flow order; also those a platform has switched off. */
export const STAGE_NAMES = [
  'intake',
  'vision',
  'prd',
  'arch',
  'design',
  'plan',
  'dev',
  'doc-audit',
  'qa',
  'release',
  'postdeploy',
  'ops',
  'self-improve',
  'rethink',
  'ai-repair'
] as const

export type StageName = (typeof STAGE_NAMES)[number]

export const ROLES = ['pm', 'sa', 'em', 'dev', 'reviewer', 'qa', 'sre', 'km'] as const
export type Role = (typeof ROLES)[number]

/** A revise continues the session, branch and pull request of the run before it. */
export type RunKind = 'work' | 'revise'

/** Which paths a stage's run may change; `**` and `*` as in .gitignore patterns (decisions 15). */
export interface WriteScope {
  readonly allow: readonly string[]
  /** True: the repository's protected paths are refused as well. */
  readonly protect: boolean
}

export interface Stage {
  readonly name: StageName
  readonly role: Role
  readonly summary: string
  readonly revisable: boolean
  readonly writeScope: WriteScope
  /** At most this long per attempt, in seconds. */
  readonly timeoutSeconds: number
}

export type StageGraph = Readonly<Partial<Record<StageName, Stage>>>

export function isStageName(text: string): text is StageName {
  return (STAGE_NAMES as readonly string[]).includes(text)
}
