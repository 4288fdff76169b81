/** Which events start a workflow file on our branches, and which secrets its jobs then hold. */
import type { WorkflowFacts } from './workflows.ts'

/** Any branch of ours stands for all of them. */
const OUR_BRANCH = 'stagewright/issue-1'
/** The job's own token; it is there in every job, with the repository's default rights. */
const OWN_TOKEN = 'GITHUB_TOKEN'

const IS_OURS = String.raw`startsWith\s*\(\s*github\.head_ref\s*,\s*'stagewright/'\s*\)`
/** What the finding recommends, and its other spellings. Names in expressions know no case. */
const LEAVES_OURS_OUT = new RegExp(
  `^(?:!\\s*${IS_OURS}|${IS_OURS}\\s*(?:==\\s*false|!=\\s*true)|false\\s*==\\s*${IS_OURS})$`,
  'i'
)
/** Ways to get at what a pull request changed, in a workflow that begins on its target. */
const TAKES_HEAD =
  /pull_request\.(?:head|merge_commit_sha)\b|github\.head_ref\b|refs\/pull\/|\bgh pr checkout\b/i

/**
 * `document` is the file parsed as YAML 1.2 (where `on` is a word). Follows GitHub's "Workflow
 * syntax": filters of branches, jobs, `secrets: inherit`. Never throws; what does not look like a
 * workflow has `unreadable` set.
 */
export function readWorkflow(
  path: string,
  document: unknown,
  defaultBranch: string
): WorkflowFacts {
  const nothing = { path, onPush: false, onPullRequest: false, secrets: [] }
  if (!isRecord(document) || !isRecord(document.jobs) || document.on === undefined) {
    return { ...nothing, unreadable: 'it has no `on` or no `jobs`' }
  }
  const triggers = triggersOf(document.on)
  const outside = secretsIn({ ...document, jobs: null, on: null })
  const jobs = Object.values(document.jobs).map(job => ({
    guarded: isRecord(job) && leavesOursOut(job.if),
    takesHead: takesHead(job),
    secrets: [...outside, ...secretsIn(job)]
  }))
  const secretsOf = (only: typeof jobs): readonly string[] =>
    [...new Set(only.flatMap(job => job.secrets))].sort()
  // `github.head_ref` is empty on a push, so a guard by it does nothing there.
  const pushed = runsOnPush(triggers.get('push')) ? secretsOf(jobs) : []
  const open = jobs.filter(job => !job.guarded)
  const atHead = takesHead({ ...document, jobs: null, on: null }) || open.some(job => job.takesHead)
  const pulled = runsOnPullRequest(triggers, atHead, defaultBranch) ? secretsOf(open) : []
  return {
    path,
    onPush: pushed.length > 0,
    onPullRequest: pulled.length > 0,
    secrets: [...new Set([...pushed, ...pulled])].sort(),
    unreadable: null
  }
}

function triggersOf(on: unknown): ReadonlyMap<string, unknown> {
  if (typeof on === 'string') return new Map([[on, null]])
  if (Array.isArray(on)) return new Map(on.map(name => [String(name), null]))
  return new Map(isRecord(on) ? Object.entries(on) : [])
}

function runsOnPush(push: unknown): boolean {
  if (push === undefined) return false
  if (!isRecord(push)) return true
  const only = texts(push.branches)
  const not = texts(push['branches-ignore'])
  const aboutTags = push.tags !== undefined || push['tags-ignore'] !== undefined
  if (only === null && not === null) return !aboutTags
  if (not?.some(pattern => matches(pattern, OUR_BRANCH))) return false
  return only === null || lastMatch(only, OUR_BRANCH)
}

/** The filter of a pull request is about its base, which for ours is the default branch. */
function runsOnPullRequest(
  triggers: ReadonlyMap<string, unknown>,
  atHead: boolean,
  defaultBranch: string
): boolean {
  const intoDefault = (trigger: unknown): boolean => {
    if (trigger === undefined) return false
    if (!isRecord(trigger)) return true
    const only = texts(trigger.branches)
    const not = texts(trigger['branches-ignore'])
    if (not?.some(pattern => matches(pattern, defaultBranch))) return false
    return only === null || lastMatch(only, defaultBranch)
  }
  if (intoDefault(triggers.get('pull_request'))) return true
  // It runs the default branch's own file, which is dangerous only when that checks out the head.
  return atHead && intoDefault(triggers.get('pull_request_target'))
}

/**
 * Only where the whole condition says so: what is joined to it may turn it around. Text around the
 * braces, also a line's end, makes any condition true (actionlint's rule `if-cond`).
 */
function leavesOursOut(condition: unknown): boolean {
  if (typeof condition !== 'string') return false
  const inBraces = /^\$\{\{([^{}]*)\}\}$/.exec(condition)?.[1]
  return LEAVES_OURS_OUT.test((inBraces ?? condition).trim())
}

/** Conditions and names of groups check nothing out, whatever they ask about the head. */
function takesHead(part: unknown): boolean {
  const text = JSON.stringify(part, (key, value: unknown) =>
    key === 'if' || key === 'concurrency' ? undefined : value
  )
  return TAKES_HEAD.test(text ?? '')
}

/** Positive and negative patterns in order; the last that matches decides. */
function lastMatch(patterns: readonly string[], name: string): boolean {
  let matched = false
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) matched = matched && !matches(pattern.slice(1), name)
    else matched = matched || matches(pattern, name)
  }
  return matched
}

/** GitHub's filter patterns: `*` stays within a path, `**` does not, `?` and `+` repeat what is before. */
function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[\\^$.|(){}]/g, '\\$&')
    .replaceAll('**', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '.*')
  try {
    return new RegExp(`^${source}$`).test(name)
  } catch {
    // No pattern GitHub would take either: then it filters nothing out, and the workflow is named.
    return true
  }
}

function secretsIn(value: unknown): readonly string[] {
  const text = JSON.stringify(value) ?? ''
  const named = [...text.matchAll(/\bsecrets(?:\.|\[\\?['"])([A-Za-z_][A-Za-z0-9_]*)/g)]
    .map(match => (match[1] ?? '').toUpperCase())
    .filter(name => name !== OWN_TOKEN)
  const all = /"secrets":"inherit"|toJSON\(\s*secrets\s*\)/i.test(text) ? ['all secrets'] : []
  return [...named, ...all]
}

function texts(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.map(String) : null
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
