import { readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { COMMAND_LIST } from '#app/commands/index.ts'
import { refuse } from '#app/core/decision.ts'
import { defaultLabelNames } from '#app/core/labels.ts'
import { LOCALES } from '#app/core/run.ts'
import { MAX_OUTPUT } from './check-run.ts'
import { REPLIES } from './index.ts'
import { refusalText } from './refused.ts'
import { sampleView, sampleViews } from './samples.ts'

const labels = defaultLabelNames()

const RENDERED = LOCALES.flatMap(locale =>
  Object.values(REPLIES).flatMap(reply =>
    reply
      .rendered(locale)
      .map(({ sample, output }) => [reply.name, sample, locale, textOf(output)] as const)
  )
)

function textOf(output: unknown): string {
  if (typeof output === 'string') return output
  const { title, summary = '', text = '', body = '' } = output as Record<string, string>
  return [title, summary, text, body].join('\n\n')
}

/** Our own words: without code, addresses and names that are the same in every language. */
function words(text: string): string {
  return text
    .replace(/(`{3,})[\s\S]*?\1/g, '')
    .replace(/(`+)[^`]*?\1/g, '')
    .replace(/https?:\S+|«Request changes»/g, '')
    .replace(/Closes(?=\s*$)/, '')
}

test.each(RENDERED)('%s, %s, in %s has text and no holes', (_name, _sample, _locale, text) => {
  expect(text.trim().length).toBeGreaterThan(20)
  expect(text).not.toMatch(/undefined|\[object|NaN|\bnull\b|\{[a-z]+\}/)
})

test.each(RENDERED.filter(([, , locale]) => locale === 'ru'))(
  '%s, %s, in %s is Russian',
  (_name, _sample, _locale, text) => {
    const own = words(text)
    const cyrillic = own.match(/[а-яё]/gi)?.length ?? 0
    const latin = own.match(/[a-z]/gi)?.length ?? 0
    expect(cyrillic).toBeGreaterThan(latin)
    expect(own).not.toMatch(/\b(?:the|and|with|please|this|was|run)\b/i)
  }
)

test.each(RENDERED.filter(([, , locale]) => locale === 'en'))(
  '%s, %s, in %s is English',
  (_name, _sample, _locale, text) => {
    expect(words(text)).not.toMatch(/[а-яё]/i)
  }
)

test('every reply’s file stands in the index', () => {
  const shared = [
    'escape',
    'failure-texts',
    'index',
    'pull-request-sections',
    'reply',
    'run-sections',
    'samples',
    'words'
  ]
  const files = readdirSync(new URL('.', import.meta.url))
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(name => name.slice(0, -3))
    .filter(name => !shared.includes(name))
  expect(files.toSorted()).toEqual(
    Object.values(REPLIES)
      .map(({ name }) => name)
      .toSorted()
  )
})

test('a refusal shows its values as code, whatever is in them', () => {
  const text = refusalText(
    refuse('unknown_command', { text: '/rnu `@bob`', closest: '/run dev' }),
    'en',
    labels
  )
  expect(text).toContain('`` /rnu `@bob` ``')
  expect(text).toContain('`/run dev`')
})

test('a refusal without values still is a sentence', () => {
  expect(refusalText(refuse('run_active'), 'en', labels)).toContain('see its status comment')
})

test('a long list of what was not done is cut', () => {
  const rest = Array.from({ length: 500 }, () => '/run dev').join(', ')
  const text = refusalText(refuse('too_many_commands', { rest }), 'en', labels)
  expect(text).toContain('(+490)')
  expect(text.length).toBeLessThan(500)
})

test('help lists every command', () => {
  for (const locale of LOCALES) {
    const text = REPLIES.commandHelp.render[locale]({ commands: COMMAND_LIST, labels })
    for (const { usage, summary } of COMMAND_LIST) {
      expect(text).toContain(usage)
      expect(text).toContain(summary[locale])
    }
  }
})

test('a comment with one refusal gets a sentence, with several a list that names the lines', () => {
  const input = { actor: 'alice', commands: COMMAND_LIST, labels }
  const one = { kind: 'refused', refusal: refuse('no_run'), line: 3 } as const
  const single = REPLIES.commentReply.render.en({ ...input, parts: [one] })
  expect(single).toBe(`⚠️ ${refusalText(one.refusal, 'en', labels)}`)
  const many = REPLIES.commentReply.render.en({
    ...input,
    parts: [
      one,
      { kind: 'status', text: 'STATUS' },
      { kind: 'status', text: 'STATUS' },
      { ...one, line: 5 },
      { kind: 'help' }
    ]
  })
  expect(many.match(/STATUS/g)).toHaveLength(1)
  expect(many).toContain('- ⚠️ Line 3:')
  expect(many).toContain('- ⚠️ Line 5:')
  expect(many).toContain('/run <stage>')
})

test('a status comment says what failed, where, and what to do next', () => {
  const text = REPLIES.statusComment.render.en(
    sampleViews()['outside of its scope'] ?? sampleView()
  )
  expect(text).toContain('❌ dev: failed')
  expect(text).toContain('- `.github/workflows/ci.yml`: protected')
  expect(text).toContain('- `link`: a symbolic link')
  expect(text).toContain('- and 3 more')
  expect(text).toContain('`/retry`')
})

test('a status comment keeps the words of an agent in their place', () => {
  const statuses = [{ text: 'done | @bob fixes #3\n## x', at: '2026-03-02T14:02:00Z', times: 2 }]
  const text = REPLIES.statusComment.render.en(sampleView({}, { statuses }))
  expect(text).toContain('- 14:02 UTC: done \\| @\u2060bob f\u2060ixes #\u20603 ## x ×2')
})

const checkOf = (view = sampleView(), locale: 'en' | 'ru' = 'en') =>
  REPLIES.checkRun.render[locale]({ view, sha: 'a'.repeat(40), movedTo: null })

test.each(LOCALES)('check run titles keep to sixty characters in %s', locale => {
  const reasons = [
    'agent_failed',
    'not_isolated',
    'place_failed',
    'publish_failed',
    'something_else'
  ]
  const views = [
    ...Object.values(sampleViews()),
    ...reasons.map(reason =>
      sampleView({ state: 'failed', reason, stage: 'self-improve', kind: 'revise', attempt: 12 })
    )
  ]
  for (const view of views) {
    expect(checkOf(view, locale).title.length).toBeLessThanOrEqual(60)
  }
})

test.each([
  ['pending', 'queued', null],
  ['at work, not isolated', 'in_progress', null],
  ['waiting for a limit', 'in_progress', null],
  ['succeeded', 'completed', 'success'],
  ['nothing to change', 'completed', 'neutral'],
  ['outside of its scope', 'completed', 'failure'],
  ['canceled', 'completed', 'cancelled'],
  ['out of time', 'completed', 'timed_out']
])('the check run of a run that is %s is %s, %s', (name, status, conclusion) => {
  const view = sampleViews()[name] ?? sampleView()
  expect(checkOf(view)).toMatchObject({ status, conclusion, externalId: view.run.id })
  expect(checkOf(view).completedAt === null).toBe(conclusion === null)
})

test('a check run that moved on is completed and leads to the other commit', () => {
  const moved = REPLIES.checkRun.render.en({
    view: sampleView(),
    sha: 'a'.repeat(40),
    movedTo: 'b'.repeat(40)
  })
  expect(moved).toMatchObject({
    status: 'completed',
    conclusion: 'neutral',
    actions: [],
    headSha: 'a'.repeat(40)
  })
  expect(moved.summary).toContain(`https://github.com/acme/calc/commit/${'b'.repeat(40)}`)
  expect(moved.completedAt).not.toBeNull()
})

const UNISOLATED = {
  en: "not isolated from this machine's user",
  ru: 'не изолировано от пользователя этой машины'
}

test.each(LOCALES)('an unisolated place is said out loud in %s', locale => {
  const view = sampleViews()['at work, not isolated'] ?? sampleView()
  expect(checkOf(view, locale).summary).toContain(UNISOLATED[locale])
  expect(REPLIES.statusComment.render[locale](view)).toContain(UNISOLATED[locale])
})

test('the table of a check run has stage, attempt, duration and next actions', () => {
  const { summary } = checkOf(sampleViews()['failed on the second attempt'])
  expect(summary.split('\n').slice(0, 4)).toEqual([
    '| Stage | Attempt | Duration | Place | Next |',
    '| --- | --- | --- | --- | --- |',
    '| `dev` | 1 | 1 min 0 s | a user of its own |  |',
    '| `dev` | 2 | 1 min 55 s | a user of its own | `/retry` |'
  ])
})

test.each([
  ['many lines', 'x'.repeat(99).concat('\n').repeat(2_000)],
  ['one line', 'y'.repeat(200_000)],
  ['many backticks', '`'.repeat(100_000)],
  ['fences', '```\n'.repeat(40_000)]
])('a log of %s fits and keeps its end', (_what, log) => {
  const { summary, text } = checkOf(sampleView({}, { logTail: `${log}\nTHE END` }))
  expect(summary.length + text.length).toBeLessThanOrEqual(MAX_OUTPUT)
  expect(text).toContain('THE END')
  const ticks = /^`+/m.exec(text)?.[0] ?? ''
  expect(text.endsWith(`\n${ticks}`)).toBe(true)
  expect(text.split('\n').filter(line => line.startsWith(ticks))).toHaveLength(2)
})
