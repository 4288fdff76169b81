/** Reads a check run's fields with GitHub's limits; every breach is 422. */
import { invalidRequest } from '#app/sandbox/refusal.ts'
import type { CheckAction, CheckRun } from '#app/sandbox/state.ts'
import type { Fields } from './fields.ts'

/** Docs: "Create a check run", body parameters. */
const TEXT_LIMIT = 65_535
const ANNOTATIONS_LIMIT = 50
const ACTIONS_LIMIT = 3
const LABEL_LIMIT = 20
const DESCRIPTION_LIMIT = 40
const IDENTIFIER_LIMIT = 20

const STATUSES = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending'] as const
const CONCLUSIONS = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required'
] as const
const LEVELS = ['notice', 'warning', 'failure'] as const

type CheckFields = Partial<
  Pick<
    CheckRun,
    | 'externalId'
    | 'detailsUrl'
    | 'status'
    | 'conclusion'
    | 'startedAt'
    | 'completedAt'
    | 'title'
    | 'summary'
    | 'text'
    | 'actions'
  >
> & { readonly annotations: ReadonlyArray<Readonly<Record<string, unknown>>> }

/** Only what was given is in the result; `annotations` are the new ones. */
export function readCheckFields(fields: Fields): CheckFields {
  const status = fields.oneOf('status', STATUSES)
  const conclusion = fields.oneOf('conclusion', CONCLUSIONS)
  if (status === 'completed' && conclusion === undefined) {
    throw invalidRequest('"conclusion" wasn\'t supplied.')
  }
  const output = fields.object('output')
  const actions = fields.objects('actions')
  return {
    ...given('externalId', fields.text('external_id')),
    ...given('detailsUrl', readUrl(fields)),
    ...given('status', status),
    ...given('conclusion', conclusion),
    ...given('startedAt', readDate(fields, 'started_at')),
    ...given('completedAt', readDate(fields, 'completed_at')),
    ...(output === undefined ? {} : readOutput(output)),
    ...given('actions', actions === undefined ? undefined : readActions(actions)),
    annotations: output === undefined ? [] : readAnnotations(output)
  }
}

function given<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in K]?: V })
}

function readUrl(fields: Fields): string | undefined {
  const url = fields.text('details_url')
  if (url === undefined || /^https?:\/\//.test(url)) return url
  throw invalidRequest(`For '/details_url', it must start with http or https.`)
}

function readDate(fields: Fields, name: string): string | undefined {
  const text = fields.text(name)
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw invalidRequest(`For '/${name}', "${text}" is not a date-time.`)
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

function limited(text: string, name: string, limit: number): string {
  if (text.length <= limit) return text
  throw invalidRequest(
    `Only ${limit} characters are allowed; ${text.length} were supplied. (${name})`
  )
}

function readOutput(output: Fields): Pick<CheckFields, 'title' | 'summary' | 'text'> {
  const summary = output.requiredText('summary')
  const text = output.text('text')
  return {
    ...given('title', output.text('title')),
    summary: limited(summary, 'output.summary', TEXT_LIMIT),
    ...given('text', text === undefined ? undefined : limited(text, 'output.text', TEXT_LIMIT))
  }
}

function readActions(actions: readonly Fields[]): readonly CheckAction[] {
  if (actions.length > ACTIONS_LIMIT) {
    throw invalidRequest(
      `No more than ${ACTIONS_LIMIT} items are allowed; ${actions.length} were supplied. (actions)`
    )
  }
  return actions.map(action => ({
    label: limited(action.requiredText('label'), 'label', LABEL_LIMIT),
    description: limited(action.requiredText('description'), 'description', DESCRIPTION_LIMIT),
    identifier: limited(action.requiredText('identifier'), 'identifier', IDENTIFIER_LIMIT)
  }))
}

function readAnnotations(output: Fields): CheckFields['annotations'] {
  const annotations = output.objects('annotations') ?? []
  if (annotations.length > ANNOTATIONS_LIMIT) {
    throw invalidRequest(
      `No more than ${ANNOTATIONS_LIMIT} items are allowed; ${annotations.length} were supplied. (annotations)`
    )
  }
  return annotations.map(annotation => {
    const level = annotation.oneOf('annotation_level', LEVELS)
    const start = annotation.integer('start_line')
    const end = annotation.integer('end_line')
    if (level === undefined || start === undefined || end === undefined) {
      throw invalidRequest('"annotation_level", "start_line" or "end_line" wasn\'t supplied.')
    }
    return {
      path: annotation.requiredText('path'),
      blob_href: '',
      start_line: start,
      end_line: end,
      start_column: annotation.integer('start_column') ?? null,
      end_column: annotation.integer('end_column') ?? null,
      annotation_level: level,
      title: annotation.text('title') ?? null,
      message: annotation.requiredText('message'),
      raw_details: annotation.text('raw_details') ?? null
    }
  })
}
