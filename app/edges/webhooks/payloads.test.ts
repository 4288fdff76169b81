import { createRequire } from 'node:module'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { AppError } from '#app/core/errors.ts'
import { SUBSCRIBED_EVENTS, type SubscribedEvent, toEvent } from './payloads.ts'

interface Example {
  readonly name: string
  readonly examples: ReadonlyArray<Record<string, unknown>>
}

const EXAMPLES = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Example[]

/** GitHub's own examples of the events we subscribe to, as an App gets them: with an installation. */
const PAYLOADS = EXAMPLES.filter(event =>
  (SUBSCRIBED_EVENTS as readonly string[]).includes(event.name)
).flatMap(event =>
  event.examples.map(
    example => [event.name as SubscribedEvent, { installation: { id: 7 }, ...example }] as const
  )
)

function read(name: SubscribedEvent, payload: unknown): ReturnType<typeof toEvent> {
  return toEvent(name, 'delivery-1', payload)
}

function example(name: SubscribedEvent, action: string): Record<string, unknown> {
  const found = PAYLOADS.find(
    ([event, payload]) => event === name && (payload as Record<string, unknown>).action === action
  )
  if (found === undefined) throw new Error(`no example of ${name}.${action}`)
  return structuredClone(found[1]) as Record<string, unknown>
}

test('there are examples of every event that we subscribe to', () => {
  expect(new Set(PAYLOADS.map(([name]) => name))).toEqual(new Set(SUBSCRIBED_EVENTS))
})

test.each(
  PAYLOADS.map(
    ([name, payload], index) =>
      [
        `${name} ${String((payload as Record<string, unknown>).action)} ${index}`,
        name,
        payload
      ] as const
  )
)("GitHub's example %s is read or has no rule", (_title, name, payload) => {
  const event = read(name, payload)
  if (event !== null)
    expect(event).toMatchObject({
      deliveryId: 'delivery-1',
      repository: { installationId: expect.any(Number) }
    })
})

test.each([
  [
    'issues',
    'labeled',
    { kind: 'label-added', label: 'bug', thread: { number: 1, isPullRequest: false, open: true } }
  ],
  ['issues', 'unlabeled', { kind: 'label-removed' }],
  ['issue_comment', 'created', { kind: 'comment-created', comment: { author: { type: 'User' } } }],
  ['issue_comment', 'edited', { kind: 'comment-edited' }],
  ['pull_request', 'labeled', { kind: 'label-added', thread: { isPullRequest: true } }],
  ['pull_request_review', 'submitted', { kind: 'review-submitted' }],
  ['check_run', 'rerequested', { kind: 'check-action', action: 'rerequested' }],
  ['check_run', 'requested_action', { kind: 'check-action' }]
] as const)('%s.%s becomes our event', (name, action, expected) => {
  const payload = example(name, action)
  if (name === 'issues' && action === 'labeled') payload.label = { name: 'bug' }
  expect(read(name, payload)).toMatchObject(expected)
})

test('a payload without installation is unreadable and says which field is missing', () => {
  const payload = example('issues', 'labeled')
  delete payload.installation
  payload.label = { name: 'bug' }
  expect(() => read('issues', payload)).toThrow(/reading issues.labeled: installation: /)
})

test('an issue whose author was deleted is read as ghost', () => {
  const payload = example('issues', 'labeled')
  payload.label = { name: 'run:dev' }
  const issue = payload.issue as Record<string, unknown>
  issue.user = null
  issue.body = null
  expect(read('issues', payload)).toMatchObject({ thread: { author: 'ghost', body: '' } })
})

test('whatever is put in place of any field, reading gives an event, nothing, or PAYLOAD_UNREADABLE', () => {
  const odd = fc.oneof(
    fc.constant(null),
    fc.constant(-1),
    fc.constant({}),
    fc.constant([]),
    fc.constant('\u0000'),
    fc.constant('\ud800'),
    fc.constant('x'.repeat(65_000)),
    fc.jsonValue({ maxDepth: 4 })
  )
  const subjects = PAYLOADS.filter(([name, payload]) => read(name, payload) !== null)
  fc.assert(
    fc.property(
      fc.nat(subjects.length - 1),
      fc.nat(),
      fc.nat(),
      odd,
      (which, first, second, value) => {
        const [name, payload] = subjects[which] ?? PAYLOADS[0] ?? (['issues', {}] as const)
        const copy = structuredClone(payload) as Record<string, unknown>
        const keys = Object.keys(copy)
        const key = keys[first % keys.length] ?? ''
        const inner = copy[key]
        if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0) {
          const names = Object.keys(inner)
          ;(inner as Record<string, unknown>)[names[second % names.length] ?? ''] = value
        } else copy[key] = value
        try {
          read(name, copy)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
          expect(error).toMatchObject({ code: 'PAYLOAD_UNREADABLE' })
        }
      }
    ),
    { numRuns: 500 }
  )
})
