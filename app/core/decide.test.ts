import { expect, test } from '@jest/globals'
import { COMMAND_LIST } from '#app/commands/index.ts'
import { STAGES } from '#app/stages/index.ts'
import type { Command, Trigger } from './command.ts'
import { decide } from './decide.ts'
import type { Facts, RunFacts } from './decision.ts'
import { defaultLabelNames } from './labels.ts'

const trigger: Trigger = {
  channel: 'comment',
  key: 'comment:1:0',
  correlationId: 'd1',
  actor: 'alice',
  thread: 7,
  label: null,
  commentId: 1,
  reviewId: null,
  at: '2026-03-02T14:00:00Z'
}

const run: RunFacts = {
  id: 'r1',
  stage: 'dev',
  kind: 'work',
  state: 'running',
  phase: 'agent',
  attempt: 1,
  pullRequest: null
}

const idle: Facts = {
  trigger,
  issue: { number: 7, open: true, labels: [] },
  active: null,
  last: null,
  pullRequest: null,
  branchTakenBy: null,
  stages: STAGES,
  labels: defaultLabelNames()
}

const busy: Facts = { ...idle, active: run, last: run }
const closed: Facts = { ...idle, issue: { ...idle.issue, open: false } }
const taken: Facts = { ...idle, branchTakenBy: 'bob' }
const pullRequest = { number: 12, headSha: 'abc' }
const open: Facts = { ...idle, pullRequest, last: { ...run, state: 'succeeded' } }
const ended = (state: RunFacts['state'], change: Partial<RunFacts> = {}): Facts => ({
  ...idle,
  last: { ...run, state, ...change }
})
const by = (facts: Facts, channel: Trigger['channel']): Facts => ({
  ...facts,
  trigger: { ...facts.trigger, channel }
})
const labelled = (facts: Facts, ...labels: string[]): Facts => ({
  ...by(facts, 'label'),
  issue: { ...facts.issue, labels }
})

const dev: Command = { name: 'run', stage: 'dev', kind: 'work', text: 'fast' }
const devRevise: Command = { name: 'run', stage: 'dev', kind: 'revise', text: 'more' }
const qa: Command = { name: 'run', stage: 'qa', kind: 'work', text: '' }
const revise: Command = { name: 'revise', text: 'more' }
const start = { kind: 'start', stage: 'dev' } as const
const refused = (reason: string): object => ({ kind: 'refuse', reason })

test.each<[string, Facts, Command, object]>([
  [
    'work starts on an idle issue',
    idle,
    dev,
    { ...start, runKind: 'work', parent: null, instruction: 'fast' }
  ],
  ['work continues an open pull request', open, dev, { ...start, runKind: 'work', parent: null }],
  [
    'work goes on in a taken branch that has a pull request',
    { ...open, branchTakenBy: 'bob' },
    dev,
    start
  ],
  [
    'work waits for no second run',
    busy,
    dev,
    { ...refused('run_active'), params: { run: 'r1', stage: 'dev' } }
  ],
  [
    'work does not replace commits of others',
    taken,
    dev,
    { ...refused('branch_taken'), params: { author: 'bob', branch: 'stagewright/issue-7' } }
  ],
  ['work does not start on a closed issue', closed, dev, refused('issue_closed')],
  [
    'a stage that is off is said to be',
    idle,
    qa,
    { ...refused('stage_disabled'), params: { stage: 'qa', stages: 'dev' } }
  ],
  ['a stage that is off is said to be, on a busy issue too', busy, qa, refused('stage_disabled')],
  [
    'a stage without revise has none',
    { ...open, stages: { dev: { ...STAGES.dev, revisable: false } } },
    devRevise,
    refused('stage_not_revisable')
  ],

  [
    'a revise continues the last run',
    open,
    devRevise,
    { ...start, runKind: 'revise', parent: 'r1', instruction: 'more' }
  ],
  [
    'a revise by itself finds the stage',
    open,
    revise,
    { ...start, runKind: 'revise', parent: 'r1', instruction: 'more' }
  ],
  [
    'a revise of another stage starts without its session',
    { ...open, last: { ...run, stage: 'qa', state: 'succeeded' } },
    devRevise,
    { runKind: 'revise', parent: null }
  ],
  ['a revise needs a pull request', ended('succeeded'), revise, refused('run.revise.pr_not_found')],
  [
    'a revise on an untouched issue needs one too',
    idle,
    revise,
    refused('run.revise.pr_not_found')
  ],
  [
    'a revise of work that is not ours has no stage',
    { ...idle, pullRequest },
    revise,
    refused('no_run')
  ],
  [
    'a revise on a closed issue is refused',
    { ...open, issue: closed.issue },
    revise,
    refused('issue_closed')
  ],
  ['a revise by comment does not wait', { ...busy, pullRequest }, revise, refused('run_active')],
  [
    'a review during a run is kept',
    by({ ...busy, pullRequest }, 'review'),
    revise,
    { kind: 'keep-review', run: 'r1' }
  ],
  ['a review after a run is a revise', by(open, 'review'), revise, { ...start, runKind: 'revise' }],

  ['cancel stops the active run', busy, { name: 'cancel' }, { kind: 'cancel', run: 'r1' }],
  [
    'cancel works on a closed issue',
    { ...busy, issue: closed.issue },
    { name: 'cancel' },
    { kind: 'cancel', run: 'r1' }
  ],
  ['cancel without a run says so', ended('canceled'), { name: 'cancel' }, refused('no_active_run')],
  [
    'cancel by a label taken off is no conflict',
    labelled(busy, 'run:dev', 'run:qa'),
    { name: 'cancel' },
    { kind: 'cancel' }
  ],

  ['retry after a failure', ended('failed'), { name: 'retry' }, { kind: 'retry', run: 'r1' }],
  [
    'retry after the time was up',
    ended('timed_out'),
    { name: 'retry' },
    { kind: 'retry', run: 'r1' }
  ],
  ['retry after a cancel', ended('canceled'), { name: 'retry' }, { kind: 'retry', run: 'r1' }],
  ['retry of a success', ended('succeeded'), { name: 'retry' }, refused('run_not_failed')],
  ['retry during a run', busy, { name: 'retry' }, refused('run_active')],
  [
    'retry during a wait',
    { ...busy, active: { ...run, state: 'waiting_mcp' } },
    { name: 'retry' },
    refused('run_active')
  ],
  ['retry without a run', idle, { name: 'retry' }, refused('no_run')],
  [
    'retry on a closed issue',
    { ...ended('failed'), issue: closed.issue },
    { name: 'retry' },
    refused('issue_closed')
  ],
  [
    'retry of a revise whose pull request is gone',
    ended('failed', { kind: 'revise' }),
    { name: 'retry' },
    refused('run.revise.pr_not_found')
  ],
  [
    'retry on a branch that others took',
    { ...ended('failed'), branchTakenBy: 'bob' },
    { name: 'retry' },
    refused('branch_taken')
  ],

  ['status is told', closed, { name: 'status' }, { kind: 'tell', what: 'status' }],
  ['help is told', busy, { name: 'help' }, { kind: 'tell', what: 'help' }],

  ['one label starts work', labelled(idle, 'bug', 'run:dev'), dev, start],
  [
    'two trigger labels are a conflict',
    labelled(idle, 'run:dev', 'bug', ' Run:QA '),
    dev,
    { ...refused('issue_trigger_label_conflict'), params: { labels: 'run:dev,  Run:QA ' } }
  ],
  [
    'a label beside the active run’s meets the run',
    labelled(busy, 'run:dev', 'run:dev:revise'),
    devRevise,
    refused('run_active')
  ],
  [
    'labels do not get in the way of a comment',
    { ...labelled(idle, 'run:dev', 'run:qa'), trigger },
    dev,
    start
  ]
])('%s', (_sentence, facts, command, decision) => {
  expect(decide(facts, command, COMMAND_LIST)).toMatchObject(decision)
})

test('a command that the platform does not have is unknown', () => {
  expect(decide(idle, dev, [])).toMatchObject(refused('unknown_command'))
})

test('a configured label name is what counts', () => {
  const names = defaultLabelNames()
  const labels = { ...names, run: { ...names.run, qa: 'go:qa' } }
  const facts = { ...labelled(idle, 'run:dev', 'go:qa'), labels }
  expect(decide(facts, dev, COMMAND_LIST)).toMatchObject(refused('issue_trigger_label_conflict'))
  expect(
    decide({ ...labelled(idle, 'run:dev', 'run:qa'), labels }, dev, COMMAND_LIST)
  ).toMatchObject(start)
})
