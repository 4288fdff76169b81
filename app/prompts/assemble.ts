import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '#app/core/errors.ts'
import { StageResult } from '#app/core/result.ts'
import type { Locale, Run, TrustedText } from '#app/core/run.ts'
import type { Stage } from '#app/core/stage.ts'
import type { FittedTexts } from './budget.ts'
import { fitTexts, oneLine } from './budget.ts'
import { ENVELOPES, templateFor } from './index.ts'
import type { Envelope, PromptTemplate } from './template.ts'
import { fill } from './template.ts'

/** Most characters of a prompt. */
export const MAX_PROMPT = 200_000

export interface PromptInput {
  readonly run: Pick<
    Run,
    | 'id'
    | 'stage'
    | 'kind'
    | 'locale'
    | 'actor'
    | 'branch'
    | 'issueNumber'
    | 'timeoutSeconds'
    | 'request'
  >
  readonly stage: Pick<Stage, 'writeScope'>
  readonly repository: {
    readonly fullName: string
    readonly defaultBranch: string
    readonly baseSha: string
  }
  readonly protectedPaths: readonly string[]
  /** What the run before a revise handed back; null when there is none. */
  readonly parentSummary: string | null
}

/** Where the words came from, for the record; `sha256` is over template and envelope as they were. */
export type PromptSource = {
  readonly template: string
  readonly locale: Locale
  readonly version: string
  readonly sha256: string
}

/**
 * The whole prompt of a run, in the order of product spec 3.10: run, place, role, task, what people
 * wrote, rules, what to hand back, when it is done. The same input gives the same prompt. Texts of
 * people are data: cleaned, marked by a delimiter that they cannot know, and at most `MAX_PROMPT`
 * characters in all, with what was cut said in the prompt. Throws FAILED_PRECONDITION for a stage
 * without a template.
 */
export function assemblePrompt(input: PromptInput): {
  readonly text: string
  readonly source: PromptSource
} {
  const { run } = input
  const template = templateFor(run)
  if (template === null) {
    throw new AppError(
      'FAILED_PRECONDITION',
      `choosing a prompt for ${run.stage} ${run.kind} in ${run.locale}: there is none`
    )
  }
  const envelope = ENVELOPES[run.locale]
  const head = headOf(input, template, envelope)
  const tail = tailOf(template, envelope)
  // The headings between the texts take some room as well.
  const room = MAX_PROMPT - head.length - tail.length - 5_000
  const texts = fitTexts(run.request, input.parentSummary, { room, envelope })
  const text = [head, ...dataOf(run, texts, envelope), tail].join('\n\n')
  return { text: `${text}\n`, source: sourceOf(template, envelope) }
}

function headOf(input: PromptInput, template: PromptTemplate, envelope: Envelope): string {
  const { run, repository } = input
  const facts = {
    run: run.id,
    repository: repository.fullName,
    issue: run.issueNumber,
    url: oneLine(run.request.issue.url),
    stage: run.stage,
    kind: run.kind,
    actor: oneLine(run.actor),
    base: repository.baseSha,
    defaultBranch: oneLine(repository.defaultBranch)
  }
  const minutes = Math.floor(run.timeoutSeconds / 60)
  return [
    fill(envelope.run, facts),
    fill(envelope.place, { branch: run.branch, minutes, scope: scopeOf(input, envelope) }),
    `${envelope.role}\n\n${template.role}`,
    `${envelope.task}\n\n${template.task}`
  ].join('\n\n')
}

function scopeOf({ stage, protectedPaths }: PromptInput, envelope: Envelope): string {
  const { allow, protect } = stage.writeScope
  const quoted = (paths: readonly string[]): string =>
    paths.map(path => `"${oneLine(path)}"`).join(', ')
  const allowed = allow.includes('**')
    ? envelope.scope.all
    : fill(envelope.scope.some, { paths: quoted(allow) })
  if (!protect || protectedPaths.length === 0) return allowed
  return `${allowed}\n${fill(envelope.scope.protect, { paths: quoted(protectedPaths) })}`
}

function tailOf(template: PromptTemplate, envelope: Envelope): string {
  const schema = JSON.stringify(z.toJSONSchema(StageResult, { io: 'input' }), null, 2)
  return [
    envelope.rules,
    fill(envelope.handBack, { schema }),
    `${envelope.completion}\n\n${template.completion}`
  ].join('\n\n')
}

function dataOf(
  run: PromptInput['run'],
  texts: FittedTexts,
  envelope: Envelope
): readonly string[] {
  const delimiter = delimiterOf(texts)
  const block = (what: string, text: string): string =>
    `BEGIN ${delimiter} ${what}\n${text}\nEND ${delimiter}`
  const blocks = (list: readonly TrustedText[]): string =>
    list
      .map(({ author, at, place, body }) =>
        block(`${author}, ${at}${place === null ? '' : `, ${place}`}`, body)
      )
      .join('\n\n')
  const { request } = run
  const cut =
    texts.cut.length === 0 ? [] : [fill(envelope.cut.notice, { list: texts.cut.join('; ') })]
  const author = oneLine(request.issue.author)
  return [
    fill(envelope.data, { delimiter }),
    ...cut,
    `${envelope.issue}\n\n${block(`#${run.issueNumber}, ${author}`, `${texts.title}\n\n${texts.body}`.trim())}`,
    `${envelope.comments}\n\n${texts.comments.length === 0 ? envelope.noComments : blocks(texts.comments)}`,
    ...(request.commentsLeftOut > 0
      ? [fill(envelope.leftOut, { count: request.commentsLeftOut })]
      : []),
    ...(texts.parent === '' ? [] : [`${envelope.parent}\n\n${block(run.kind, texts.parent)}`]),
    ...reviewOf(run, { texts, envelope, blocks }),
    ...(texts.instruction === ''
      ? []
      : [
          `${fill(envelope.instruction, { actor: oneLine(run.actor) })}\n\n${block(oneLine(run.actor), texts.instruction)}`
        ])
  ]
}

function reviewOf(
  run: PromptInput['run'],
  parts: {
    readonly texts: FittedTexts
    readonly envelope: Envelope
    readonly blocks: (list: readonly TrustedText[]) => string
  }
): readonly string[] {
  const { texts, envelope, blocks } = parts
  if (texts.review.length > 0) return [`${envelope.review}\n\n${blocks(texts.review)}`]
  return run.kind === 'revise' ? [`${envelope.review}\n\n${envelope.noReview}`] : []
}

/** From the hash of all the texts: whoever writes one of them cannot write its own delimiter. */
function delimiterOf(texts: FittedTexts): string {
  const all = JSON.stringify(texts)
  for (let round = 0; ; round += 1) {
    const delimiter = createHash('sha256').update(`${round}\n${all}`).digest('hex').slice(0, 24)
    if (!all.includes(delimiter)) return delimiter
  }
}

function sourceOf(template: PromptTemplate, envelope: Envelope): PromptSource {
  return {
    template: template.name,
    locale: template.locale,
    version: `${template.version}.${envelope.version}`,
    sha256: createHash('sha256')
      .update(JSON.stringify([template, envelope]))
      .digest('hex')
  }
}
