import { expect, test } from '@jest/globals'
import { type AgentRules, type ChoiceInput, chooseAgent } from './agent-choice.ts'
import { defaultLabelNames } from './labels.ts'

const rules: AgentRules = {
  platform: {
    name: 'codex',
    model: 'gpt-5.4',
    reasoning: 'high',
    stages: { qa: { reasoning: 'low' }, plan: { name: 'claude' } },
    roles: { dev: { model: 'gpt-5.4-dev' }, qa: { name: 'claude', model: 'opus' } }
  },
  projects: {
    shop: { name: 'claude', stages: { dev: { model: 'sonnet' } }, roles: {} },
    bare: { model: 'gpt-5.2', stages: {}, roles: {} }
  },
  known: {
    codex: { command: ['codex'], models: ['gpt-5.4', 'GPT-5.2'], fallback: 'gpt-5.2' },
    claude: { command: ['/opt/claude'], models: ['opus'], fallback: null }
  }
}

function input(change: Partial<ChoiceInput> = {}): ChoiceInput {
  const labels = defaultLabelNames()
  return { project: 'default', stage: 'dev', role: 'dev', scopes: [], labels, ...change }
}

test.each([
  ['the platform alone', { stage: 'ops', role: 'sre' }, ['codex', 'gpt-5.4', 'high']],
  ['a role goes before the platform', {}, ['codex', 'gpt-5.4-dev', 'high']],
  ['a stage goes before its role', { stage: 'qa', role: 'qa' }, ['claude', 'opus', 'low']],
  [
    'a model of another agent does not count',
    { stage: 'plan', role: 'em' },
    ['claude', null, null]
  ],
  ["a project's stage goes first", { project: 'shop' }, ['claude', 'sonnet', null]],
  ['a project without an agent of its own', { project: 'bare' }, ['codex', 'gpt-5.2', 'high']],
  [
    'a project named like a property of objects',
    { project: 'constructor' },
    ['codex', 'gpt-5.4-dev', 'high']
  ],
  [
    'labels go before everything',
    { scopes: [['[ai-model-gpt-5.2]', '[ai-reasoning-extra-high]']] },
    ['codex', 'GPT-5.2', 'extra-high']
  ],
  [
    'the first set that has one wins, each group by itself',
    { scopes: [['[ai-reasoning-low]'], ['[ai-model-gpt-5.4]', '[ai-reasoning-high]']] },
    ['codex', 'gpt-5.4', 'low']
  ],
  [
    'labels are compared trimmed and without case',
    { scopes: [[' [AI-Model-GPT-5.4] ']] },
    ['codex', 'gpt-5.4', 'high']
  ],
  [
    'an empty name asks for nothing',
    { scopes: [['[ai-model-]', '[ai-model- ]']] },
    ['codex', 'gpt-5.4-dev', 'high']
  ]
] as const)('%s', (_sentence, change, [name, model, reasoning]) => {
  expect(chooseAgent(rules, input(change))).toMatchObject({
    agent: { name, model, reasoning, command: rules.known[name]?.command },
    refusedModel: null
  })
})

test.each([
  ['its fallback', {}, 'gpt-5.2'],
  ['what is configured where there is no fallback', { stage: 'qa', role: 'qa' }, 'opus']
] as const)('a model that the agent does not offer becomes %s', (_what, change, model) => {
  const chosen = chooseAgent(rules, input({ ...change, scopes: [['[ai-model-gpt-9]']] }))
  expect(chosen).toMatchObject({ agent: { model }, refusedModel: 'gpt-9' })
})

test('a model label cannot become an option of the program', () => {
  const chosen = chooseAgent(rules, input({ scopes: [['[ai-model---yolo]']] }))
  expect(chosen).toMatchObject({ agent: { model: 'gpt-5.2' }, refusedModel: '--yolo' })
})

test.each([
  ['two models', ['[ai-model-a]', '[ai-model-b]', 'bug'], '[ai-model-a], [ai-model-b]'],
  [
    'two efforts',
    ['[ai-reasoning-low]', '[ai-reasoning-high]'],
    '[ai-reasoning-low], [ai-reasoning-high]'
  ]
])('%s in one set of labels are refused by name', (_what, labels, named) => {
  expect(chooseAgent(rules, input({ scopes: [[], labels] }))).toMatchObject({
    kind: 'refuse',
    reason: 'agent_label_conflict',
    params: { labels: named }
  })
})

test('one model on the issue and another on the pull request are no conflict', () => {
  const scopes = [['[ai-model-gpt-5.2]'], ['[ai-model-gpt-5.4]']]
  expect(chooseAgent(rules, input({ scopes }))).toMatchObject({ agent: { model: 'GPT-5.2' } })
})

test('the names of the labels are configuration', () => {
  const labels = { ...defaultLabelNames(), model: 'model:<name>' }
  const scopes = [['model:gpt-5.2', '[ai-model-gpt-5.4]']]
  expect(chooseAgent(rules, input({ labels, scopes }))).toMatchObject({
    agent: { model: 'GPT-5.2' }
  })
})

test('an agent that is not set up is named', () => {
  const one = { ...rules, platform: { ...rules.platform, name: 'gemini' } }
  expect(chooseAgent(one, input())).toMatchObject({
    reason: 'agent_unknown',
    params: { agent: 'gemini' }
  })
})
