/** Changes to issues and pull requests that more than one operation makes. */
import { labelJson } from '#app/sandbox/wire/repository.ts'
import { announce, announceIssue, type Scene } from './announce.ts'
import { validationFailed } from './refusal.ts'
import type { Issue, IssueEvent, Label, Repository, StateReason } from './state.ts'
import { nextRecord, stamp, type World } from './world.ts'

/** GitHub's limits for what people write. */
export const BODY_LIMIT = 65_536
export const TITLE_LIMIT = 256
/** Docs: an issue holds up to 100 labels. */
const LABELS_LIMIT = 100
const LABEL_NAME_LIMIT = 50
/** The grey that GitHub gives to a label made by putting it on an issue. */
const NEW_LABEL_COLOR = 'ededed'

export function checkBody(resource: string, body: string): void {
  if (body.length <= BODY_LIMIT) return
  const message = `body is too long (maximum is ${BODY_LIMIT} characters)`
  throw validationFailed({ resource, code: 'custom', field: 'body', message })
}

export function findLabel(repository: Repository, name: string): Label | null {
  return repository.labels.find(l => l.name.toLowerCase() === name.toLowerCase()) ?? null
}

/** Makes a label; 422 for a name or colour that GitHub does not take. */
export function createLabel(
  scene: Scene,
  input: { readonly name: string; readonly color?: string; readonly description?: string | null }
): Label {
  const { world, repository } = scene
  const color = input.color ?? NEW_LABEL_COLOR
  checkLabel(input.name, color)
  if (findLabel(repository, input.name) !== null) {
    throw validationFailed({ resource: 'Label', code: 'already_exists', field: 'name' })
  }
  const label: Label = {
    id: nextRecord(world.state),
    name: input.name,
    color: color.toLowerCase(),
    description: input.description ?? null
  }
  repository.labels.push(label)
  announce(scene, 'label', { action: 'created', label: labelJson(world, repository, label) })
  return label
}

export function checkLabel(name: string, color: string): void {
  if (name.trim() === '') {
    throw validationFailed({ resource: 'Label', code: 'missing_field', field: 'name' })
  }
  if (name.length > LABEL_NAME_LIMIT) {
    const message = `name is too long (maximum is ${LABEL_NAME_LIMIT} characters)`
    throw validationFailed({ resource: 'Label', code: 'custom', field: 'name', message })
  }
  if (!/^[0-9a-f]{6}$/i.test(color)) {
    throw validationFailed({ resource: 'Label', code: 'invalid', field: 'color' })
  }
}

export function record(
  scene: Scene,
  issue: Issue,
  what: Omit<IssueEvent, 'id' | 'actor' | 'viaApp' | 'createdAt'>
): void {
  const { world, by } = scene
  const createdAt = stamp(world)
  const viaApp = by.id === world.app?.bot.id
  issue.events.push({ id: nextRecord(world.state), actor: by, viaApp, createdAt, ...what })
  issue.updatedAt = createdAt
}

/** Puts labels on; one that is there already changes nothing and sends nothing. */
export async function addLabels(
  scene: Scene,
  issue: Issue,
  names: readonly string[]
): Promise<void> {
  // As on GitHub, each event shows the issue with all labels of the call.
  const added: Label[] = []
  for (const name of names) {
    if (name.trim() === '')
      throw validationFailed({ resource: 'Label', code: 'invalid', field: 'name' })
    if (issue.labels.some(label => label.name.toLowerCase() === name.toLowerCase())) continue
    if (issue.labels.length >= LABELS_LIMIT) {
      throw validationFailed({ resource: 'Issue', code: 'custom', field: 'labels' })
    }
    const label = findLabel(scene.repository, name) ?? createLabel(scene, { name })
    issue.labels.push(label)
    record(scene, issue, { event: 'labeled', label: { name: label.name, color: label.color } })
    added.push(label)
  }
  for (const label of added) {
    const extra = { label: labelJson(scene.world, scene.repository, label) }
    await announceIssue(scene, issue, 'labeled', extra)
  }
}

/** Takes a label off; false when it was not on. */
export async function removeLabel(scene: Scene, issue: Issue, name: string): Promise<boolean> {
  const at = issue.labels.findIndex(label => label.name.toLowerCase() === name.toLowerCase())
  const [label] = at === -1 ? [] : issue.labels.splice(at, 1)
  if (label === undefined) return false
  record(scene, issue, { event: 'unlabeled', label: { name: label.name, color: label.color } })
  const extra = { label: labelJson(scene.world, scene.repository, label) }
  await announceIssue(scene, issue, 'unlabeled', extra)
  return true
}

export async function replaceLabels(
  scene: Scene,
  issue: Issue,
  names: readonly string[]
): Promise<void> {
  const wanted = new Set(names.map(name => name.toLowerCase()))
  for (const { name } of [...issue.labels]) {
    if (!wanted.has(name.toLowerCase())) await removeLabel(scene, issue, name)
  }
  await addLabels(scene, issue, names)
}

/** Closes or reopens; nothing happens when it is in that state already. */
export async function setState(
  scene: Scene,
  issue: Issue,
  to: { readonly state: Issue['state']; readonly reason: StateReason | null }
): Promise<void> {
  if (issue.state === to.state) return
  const closing = to.state === 'closed'
  issue.state = to.state
  issue.stateReason =
    issue.pull === null ? (to.reason ?? (closing ? 'completed' : 'reopened')) : null
  issue.closedAt = closing ? stamp(scene.world) : null
  issue.closedBy = closing ? scene.by : null
  record(scene, issue, { event: closing ? 'closed' : 'reopened' })
  await announceIssue(scene, issue, closing ? 'closed' : 'reopened')
}

const CLOSING =
  /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w./-]*)#|(https?:\/\/\S+?)\/issues\/)(\d+)\b/gi

/**
 * Numbers of the issues that a pull request closes by its text: `#1`, `OWNER/NAME#1` or the address.
 * Docs: "Linking a pull request to an issue". Other repositories are left alone.
 */
export function closedBy(
  world: Pick<World, 'url'>,
  { fullName }: Repository,
  { title, body }: Issue
): readonly number[] {
  const own = ['', fullName, `${world.url}/${fullName}`].map(one => one.toLowerCase())
  return [...`${title}\n${body ?? ''}`.matchAll(CLOSING)]
    .filter(([, name, page]) => own.includes((name ?? page ?? '').toLowerCase()))
    .map(([, , , number]) => Number(number))
}

/** The same page: a merge into the default branch closes them. */
export async function closeLinkedIssues(scene: Scene, pull: Issue): Promise<void> {
  const { world, repository } = scene
  for (const number of closedBy(world, repository, pull)) {
    const issue = repository.issues.find(one => one.number === number)
    if (issue !== undefined && issue.pull === null) {
      await setState(scene, issue, { state: 'closed', reason: 'completed' })
    }
  }
}
