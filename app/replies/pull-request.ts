import { markerOf } from '#app/core/marker.ts'
import type { StageResult } from '#app/core/result.ts'
import type { Locale, Run } from '#app/core/run.ts'
import { titleText } from './escape.ts'
import { pullRequestBlock, pullRequestSections } from './pull-request-sections.ts'
import { defineReply } from './reply.ts'
import { sampleRun } from './samples.ts'

export interface PullRequestInput {
  readonly run: Run
  readonly result: StageResult
  /** The body of the open pull request; null when it is to be opened. */
  readonly existing: string | null
}

export interface PullRequestText {
  readonly title: string
  readonly body: string
}

/** GitHub takes 65,536 characters; the rest is for people who add something. */
const MAX_BODY = 65_000
const MAX_TITLE = 200

/**
 * Title and body by the writing contracts (product spec 3.10). On an open pull request the body
 * stays as it is and gets one block for this run, above the closing line; doing it again changes
 * nothing, because the run's hidden mark is there already. The last line always closes the issue
 * by its full address (decisions 13: no recorded profile).
 */
export const pullRequest = defineReply<PullRequestInput, PullRequestText>({
  name: 'pull-request',
  samples: samples(),
  render: {
    en: input => render(input, 'en'),
    ru: input => render(input, 'ru')
  }
})

function render(input: PullRequestInput, locale: Locale): PullRequestText {
  return {
    title: titleOf(input),
    body: input.existing === null ? opened(input, locale) : continued(input, input.existing, locale)
  }
}

/** `Issue #7: Count negative numbers (#7)`: one line, no final dot. */
function titleOf({ run, result }: PullRequestInput): string {
  const { number, title } = run.request.issue
  const said = result.title === undefined || result.title === '' ? title : result.title
  const words = titleText(said, MAX_TITLE)
    .replace(/^issue\s+#\u2060?\d+\s*[:.–—-]?\s*/i, '')
    .replace(/\s*\(#\u2060?\d+\)$/, '')
    .replace(/[\s.…]+$/, '')
  return `Issue #${number}: ${words === '' ? run.stage : words} (#${number})`
}

function opened(input: PullRequestInput, locale: Locale): string {
  const { run } = input
  const mark = markerOf('part', run.id)
  const whole = `${pullRequestSections(input, locale, 'whole')}\n\n${mark}\n\n${closing(run)}`
  if (whole.length <= MAX_BODY) return whole
  return `${pullRequestSections(input, locale, 'short')}\n\n${mark}\n\n${closing(run)}`
}

function continued(input: PullRequestInput, existing: string, locale: Locale): string {
  const { run } = input
  const mark = markerOf('part', run.id)
  if (existing.includes(mark)) return existing
  const kept = withoutClosing(existing.replaceAll('\r\n', '\n').trimEnd(), closing(run))
  for (const size of ['whole', 'short', 'mention'] as const) {
    const block = `${pullRequestBlock(input, locale, size)}\n\n${mark}`
    const body = `${kept === '' ? '' : `${kept}\n\n`}${block}\n\n${closing(run)}`
    if (body.length <= MAX_BODY) return body
  }
  return existing
}

function closing(run: Run): string {
  return `Closes ${run.request.issue.url}`
}

/** The closing line goes to the end again; only the one that stands last is taken away. */
function withoutClosing(body: string, line: string): string {
  const lines = body.split('\n')
  return lines.at(-1)?.trim() === line ? lines.slice(0, -1).join('\n').trimEnd() : body
}

function samples(): Readonly<Record<string, PullRequestInput>> {
  const run = sampleRun({ attempt: 1 })
  const bare: StageResult = {
    summary: '- `src/sum.js`',
    artefacts: [],
    decisions: [],
    questions: [],
    risks: [],
    follow_ups: [],
    checks: []
  }
  const full: StageResult = {
    ...bare,
    title: 'sum(): -1 + 2 = 1',
    artefacts: [{ path: 'src/sum.js', description: '' }],
    decisions: ['`reduce()` → `for`'],
    questions: ['`0`?'],
    risks: ['`BigInt`'],
    follow_ups: ['`avg()`'],
    checks: [
      { command: 'npm test', outcome: 'passed' },
      { command: 'npm run e2e', outcome: 'not_run' },
      { command: 'npm run lint', outcome: 'failed' }
    ]
  }
  const body = 'Body\n\nCloses https://github.com/acme/calc/issues/7'
  return {
    'opened, little said': { run, result: bare, existing: null },
    'opened, all said': { run, result: full, existing: null },
    revised: {
      run: sampleRun({ id: 'm4w8r3n6y5cd', kind: 'revise' }),
      result: full,
      existing: body
    }
  }
}
