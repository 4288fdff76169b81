import { readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { readComment } from '#app/core/comment.ts'
import { COMMAND_LIST, COMMANDS } from './index.ts'

test('every command’s file stands in the index, under its name', () => {
  const shared = ['bare', 'index', 'start']
  const files = readdirSync(new URL('.', import.meta.url))
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(name => name.slice(0, -3))
    .filter(name => !shared.includes(name))
  expect(files.toSorted()).toEqual(Object.keys(COMMANDS).toSorted())
  for (const [name, command] of Object.entries(COMMANDS)) expect(command.name).toBe(name)
})

test.each(COMMAND_LIST.map(command => [command.name, command] as const))(
  '/%s says in both languages what it does, and its example works',
  (name, command) => {
    expect(command.usage.startsWith(`/${name}`)).toBe(true)
    expect(command.summary.en).toMatch(/^[A-Z].*\.$/)
    expect(command.summary.ru).toMatch(/^[А-Я].*\.$/)
    expect(readComment(command.example, COMMAND_LIST)).toMatchObject([
      { kind: 'command', command: { name } }
    ])
  }
)

test('what is proposed instead of a slip is a command that works', () => {
  const proposed = COMMAND_LIST.flatMap(command => Object.values(command.insteadOf ?? {}))
  expect(proposed.length).toBeGreaterThan(10)
  for (const text of proposed) {
    expect(readComment(text, COMMAND_LIST)).toMatchObject([{ kind: 'command' }])
  }
})
