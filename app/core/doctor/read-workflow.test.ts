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

test('a workflow for the target that checks out the head runs what the agent changed', () => {
  const job = `steps: [{ uses: a/checkout, with: { ref: "${expression('github.event.pull_request.head.sha')}" } }], env: { K: "${expression('secrets.K')}" }`
  expect(facts('pull_request_target', job)).toMatchObject({ onPullRequest: true, secrets: ['K'] })
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

test('a job that leaves our branches out is not exposed by pull requests, but by pushes it is', () => {
  const guard = `if: "startsWith(github.head_ref, 'stagewright/') == false", ${USES}`
  expect(facts('pull_request', guard)).toMatchObject({ onPullRequest: false, secrets: [] })
  expect(facts('push', guard)).toMatchObject({ onPush: true, secrets: ['DEPLOY_KEY'] })
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
