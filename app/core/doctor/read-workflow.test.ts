import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { readWorkflow } from './read-workflow.ts'
import { workflowFindings } from './workflows.ts'

function expression(text: string): string {
  return `\${{ ${text} }}`
}

const REPOSITORY = { fullName: 'octo/shop', url: 'https://github.com/octo/shop' }
const USES = `steps: [{ run: deploy, env: { KEY: "${expression('secrets.DEPLOY_KEY')}" } }]`

function facts(on: string, job: string = USES, top = ''): ReturnType<typeof readWorkflow> {
  const text = `on: ${on}\n${top}\njobs:\n  one: { runs-on: x, ${job} }\n`
  return readWorkflow('.github/workflows/ci.yml', parse(text), 'main')
}

test.each([
  ['push', true, false],
  ['[push, pull_request]', true, true],
  ['{ push: }', true, false],
  ['{ push: { branches: [main] } }', false, false],
  ['{ push: { branches: ["**"] } }', true, false],
  ['{ push: { branches: ["*"] } }', false, false],
  ['{ push: { branches: ["stagewright/*"] } }', true, false],
  ['{ push: { branches: ["**", "!stagewright/**"] } }', false, false],
  ['{ push: { branches: ["!stagewright/**", "**"] } }', true, false],
  ['{ push: { branches-ignore: ["stagewright/**"] } }', false, false],
  ['{ push: { branches-ignore: ["docs/**"] } }', true, false],
  ['{ push: { tags: ["v*"] } }', false, false],
  ['{ push: { tags: ["v*"], branches: ["**"] } }', true, false],
  ['{ pull_request: { branches: [main] } }', false, true],
  ['{ pull_request: { branches: [release] } }', false, false],
  ['{ pull_request: { types: [opened] } }', false, true],
  ['pull_request_target', false, false],
  ['workflow_dispatch', false, false],
  ['{ schedule: [{ cron: "0 0 * * *" }] }', false, false]
])('on %j: a push of ours %j, a pull request of ours %j', (on, onPush, onPullRequest) => {
  expect(facts(on)).toMatchObject({ onPush, onPullRequest, unreadable: null })
})

const KEYED = `env: { K: "${expression('secrets.K')}" }`

test.each([
  [checkout('github.event.pull_request.head.sha'), true],
  [checkout('github.event.pull_request.merge_commit_sha'), true],
  [checkout('github.head_ref'), true],
  [
    `steps: [{ run: "git fetch origin refs/pull/${expression('github.event.number')}/head" }]`,
    true
  ],
  [`steps: [{ run: "gh pr checkout ${expression('github.event.number')}" }]`, true],
  ['steps: [{ uses: a/checkout }]', false],
  [`concurrency: "${expression('github.head_ref')}", steps: [{ uses: a/checkout }]`, false],
  ['if: "github.head_ref == \'x\'", steps: [{ uses: a/checkout }]', false],
  [`if: "!startsWith(github.head_ref, 'stagewright/')", ${checkout('github.head_ref')}`, false]
])(
  'on pull_request_target the job { %s } runs what the agent changed: %j',
  (job, onPullRequest) => {
    const secrets = onPullRequest ? ['K'] : []
    expect(facts('pull_request_target', `${job}, ${KEYED}`)).toMatchObject({
      onPullRequest,
      secrets
    })
  }
)

function checkout(ref: string): string {
  return `steps: [{ uses: a/checkout, with: { ref: "${expression(ref)}" } }]`
}

test('on pull_request_target what a job left out for ours checks out exposes no other', () => {
  const left = `if: "!startsWith(github.head_ref, 'stagewright/')", ${checkout('github.head_ref')}`
  const text = `on: pull_request_target\njobs:\n  a: { ${left} }\n  b: { ${KEYED} }\n`
  expect(readWorkflow('x.yml', parse(text), 'main').onPullRequest).toBe(false)
  const both = text.replace(left, checkout('github.head_ref'))
  expect(readWorkflow('x.yml', parse(both), 'main').onPullRequest).toBe(true)
})

test.each([
  ['steps: [{ run: npm test }]', []],
  [`steps: [{ env: { T: "${expression('secrets.GITHUB_TOKEN')}" } }]`, []],
  [
    `steps: [{ env: { T: "${expression('secrets.npm_token || secrets.OTHER')}" } }]`,
    ['NPM_TOKEN', 'OTHER']
  ],
  [`steps: [{ env: { T: "${expression("secrets['NPM_TOKEN']")}" } }]`, ['NPM_TOKEN']],
  ['uses: ./.github/workflows/x.yml, secrets: inherit', ['all secrets']],
  [`steps: [{ env: { T: "${expression('toJSON(secrets)')}" } }]`, ['all secrets']]
])('the job { %s } holds %j', (job, secrets) => {
  expect(facts('push', job).secrets).toEqual(secrets)
})

test('secrets at the top of the file are in every job', () => {
  const top = `env: { K: "${expression('secrets.TOP')}" }`
  expect(facts('push', 'steps: []', top).secrets).toEqual(['TOP'])
})

test.each([
  "startsWith(github.head_ref, 'stagewright/') == false",
  "startsWith(github.head_ref,'stagewright/')==false",
  "startsWith(github.head_ref, 'stagewright/') != true",
  "false == startsWith(github.head_ref, 'stagewright/')",
  "!startsWith(github.head_ref, 'stagewright/')",
  "! startsWith( github.head_ref, 'stagewright/' )\n",
  "!startswith(github.HEAD_REF, 'stagewright/')",
  expression("!startsWith(github.head_ref, 'stagewright/')"),
  expression("startsWith(github.head_ref, 'stagewright/') == false")
])('a job if %j is not exposed by pull requests of ours, but by pushes it is', condition => {
  const guarded = `if: ${JSON.stringify(condition)}, ${USES}`
  expect(facts('pull_request', guarded)).toMatchObject({ onPullRequest: false, secrets: [] })
  expect(facts('push', guarded)).toMatchObject({ onPush: true, secrets: ['DEPLOY_KEY'] })
})

test.each([
  "startsWith(github.head_ref, 'stagewright/')",
  "startsWith(github.head_ref, 'stagewright/') == true",
  "startsWith(github.head_ref, 'stagewright/') != false",
  "!startsWith(github.head_ref, 'stagewright/') || github.actor == 'mona'",
  "!startsWith(github.head_ref, 'stagewright/x')",
  "!startsWith(github.ref, 'stagewright/')",
  "!contains(github.event.issue.body, 'stagewright/')",
  "github.head_ref != 'stagewright/'",
  `!${expression("startsWith(github.head_ref, 'stagewright/')")}`,
  `${expression("!startsWith(github.head_ref, 'stagewright/')")}\n`,
  true
])('a job if %j is exposed as one without a condition', condition => {
  expect(facts('pull_request', `if: ${JSON.stringify(condition)}, ${USES}`)).toMatchObject({
    onPullRequest: true,
    secrets: ['DEPLOY_KEY']
  })
})

test.each([null, 'text', [], {}, { on: 'push' }, { jobs: {} }])(
  '%j is named as no workflow',
  it => {
    expect(readWorkflow('.github/workflows/x.yml', it, 'main').unreadable).not.toBeNull()
  }
)

test('an exposed workflow is a warning that names file, events, secrets and both ways out', () => {
  const [finding, ...others] = workflowFindings(REPOSITORY, [
    facts('[push, pull_request]'),
    facts('workflow_dispatch')
  ])
  expect(others).toEqual([])
  expect(finding).toMatchObject({ check: 'workflows.octo/shop', status: 'warn' })
  expect(finding?.what).toContain('.github/workflows/ci.yml runs on push and pull_request')
  expect(finding?.what).toContain('DEPLOY_KEY')
  expect(finding?.fix).toContain("branches-ignore: ['stagewright/**']")
  expect(finding?.fix).toContain("startsWith(github.head_ref, 'stagewright/') == false")
})

test('a repository without such a workflow is fine', () => {
  expect(workflowFindings(REPOSITORY, [facts('push', 'steps: []')])).toMatchObject([
    { status: 'ok' }
  ])
})
