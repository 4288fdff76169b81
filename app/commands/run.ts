import type { Command } from '#app/core/command.ts'
import type { ArgumentMistake, CommandDefinition } from '#app/core/decision.ts'
import { nearest } from '#app/core/nearest.ts'
import type { StageName } from '#app/core/stage.ts'
import { isStageName, STAGE_NAMES } from '#app/core/stage.ts'
import { startRevise, startWork } from './start.ts'

type RunCommand = Extract<Command, { name: 'run' }>

export const run: CommandDefinition<'run'> = {
  name: 'run',
  usage: '/run <stage> [revise] [text]',
  example: '/run dev',
  summary: {
    en: 'Start a stage on this issue, or revise its open pull request. The text goes to the agent.',
    ru: 'Запустить этап по этой задаче или доработать её открытый pull request. Текст получит агент.'
  },
  takesText: true,
  insteadOf: wordsForRun(),
  read,
  decide(facts, command) {
    if (command.kind === 'revise') return startRevise(facts, command.stage, command.text)
    return startWork(facts, command.stage, command.text)
  }
}

/** `dev`, `dev revise …`, and the label's own spelling `run:dev:revise`. */
function read(args: string): RunCommand | ArgumentMistake {
  const [first = '', ...below] = args.split('\n')
  const written = first.trim().split(/\s+/)[0] ?? ''
  if (written === '') return { name: 'mistake', reason: 'bad_arguments', closest: run.example }
  const [word = '', suffix] = written.toLowerCase().replace(/^run:/, '').split(':')
  const stage = word.replace(/[.,;!?]+$/, '')
  const rest = first.trim().slice(written.length).trim()
  if (!isStageName(stage)) {
    const closest = closestStage(stage)
    return { name: 'mistake', reason: 'unknown_stage', closest: closest && `/run ${closest}` }
  }
  if (suffix !== undefined && suffix !== 'revise') {
    return { name: 'mistake', reason: 'bad_arguments', closest: `/run ${stage}` }
  }
  const word2 = /^revise(?=$|[\s:,.])[:,.]?\s*/i.exec(rest)?.[0] ?? ''
  const kind = suffix === 'revise' || word2 !== '' ? 'revise' : 'work'
  const text = [rest.slice(word2.length), ...below].join('\n').trim()
  return { name: 'run', stage, kind, text }
}

/** `develop` and `doc` mean a stage as well as `dve` does. */
function closestStage(word: string): StageName | null {
  const near = nearest(word, STAGE_NAMES)
  if (near !== null && isStageName(near)) return near
  if (word.length < 3) return null
  return STAGE_NAMES.find(stage => stage.startsWith(word) || word.startsWith(stage)) ?? null
}

/**
 * The stage grown together with the command. Of the bare stage names only `dev`: the others are
 * common words that other bots listen to.
 */
function wordsForRun(): Readonly<Record<string, string>> {
  const words = STAGE_NAMES.flatMap(stage =>
    [`run${stage}`, `run-${stage}`, `run_${stage}`, `run:${stage}`].flatMap(word => [
      [word, `/run ${stage}`] as const,
      [`${word}:revise`, `/run ${stage} revise`] as const,
      [`${word}-revise`, `/run ${stage} revise`] as const
    ])
  )
  return Object.fromEntries([...words, ['dev', '/run dev'], ['dev:revise', '/run dev revise']])
}
