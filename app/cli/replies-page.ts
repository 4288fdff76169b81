/** The gallery of what people read on GitHub: every reply with its samples, in every language. */
import { LOCALES, type Locale } from '#app/core/run.ts'
import type { CheckRunText } from '#app/replies/check-run.ts'
import { REPLIES } from '#app/replies/index.ts'

/** What each reply is, and where it stands; a new reply does not compile without its line. */
const WHERE: Readonly<Record<keyof typeof REPLIES, string>> = {
  statusComment: 'The one comment of a run, edited as the run goes.',
  checkRun: 'The check run of a run: state, buttons, attempts, the last lines of the log.',
  pullRequest: 'Title and body of the pull request of a run.',
  refused: 'The answer to a trigger that starts nothing.',
  failure: 'The sentence about how a run failed, in status comment and check run.',
  commentReply: 'The one reply to a comment with commands.',
  commandStatus: 'The answer to `/status`.',
  commandHelp: 'The answer to `/help`.'
}

/** The sections of `docs/reference/replies.md`, in the order of the replies' index. */
export function repliesSections(): readonly string[] {
  const keys = Object.keys(REPLIES) as (keyof typeof REPLIES)[]
  return [
    'Rendered from the samples that the tests use, as GitHub shows them. What people wrote, and what agents said, stands in them as text, never as Markdown of theirs.',
    keys.map(key => `- [${REPLIES[key].name}](#${REPLIES[key].name}): ${WHERE[key]}`).join('\n'),
    ...keys.flatMap(key => [`## ${REPLIES[key].name}`, WHERE[key], ...samplesOf(key)])
  ]
}

function samplesOf(key: keyof typeof REPLIES): readonly string[] {
  const byLocale = LOCALES.map(locale => ({ locale, samples: outputs(key, locale) }))
  const names = byLocale[0]?.samples.map(({ sample }) => sample) ?? []
  return names.flatMap((sample, index) => [
    `### ${REPLIES[key].name}: ${sample}`,
    ...byLocale.map(({ samples }) => quoted(samples[index]?.text ?? ''))
  ])
}

function outputs(
  key: keyof typeof REPLIES,
  locale: Locale
): ReadonlyArray<{ readonly sample: string; readonly text: string }> {
  if (key === 'checkRun') {
    return REPLIES.checkRun
      .rendered(locale)
      .map(({ sample, output }) => ({ sample, text: checkRunText(output) }))
  }
  return REPLIES[key].rendered(locale).map(({ sample, output }) => ({
    sample,
    text:
      typeof output === 'string'
        ? output
        : `**${(output as { title: string }).title}**\n\n${(output as { body: string }).body}`
  }))
}

/** As GitHub lays a check run out: its name with the state, its title, the buttons, summary and text. */
function checkRunText(output: CheckRunText): string {
  const buttons = output.actions.map(action => `<kbd>${action.label}</kbd>`).join(' ')
  return [
    `\`${output.name}\` · ${output.conclusion ?? output.status}`,
    `**${output.title}**`,
    buttons,
    output.summary,
    output.text
  ]
    .filter(part => part !== '')
    .join('\n\n')
}

function quoted(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map(line => (line === '' ? '>' : `> ${line}`))
    .join('\n')
}
