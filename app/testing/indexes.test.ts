import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { COMMANDS } from '#app/commands/index.ts'
import { REPLIES } from '#app/replies/index.ts'
import { STAGES } from '#app/stages/index.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

function sources(folder: string): string[] {
  return readdirSync(`${ROOT}${folder}`).filter(
    name => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts'
  )
}

test.each([
  ['app/stages', /: Stage = /],
  ['app/commands', /: CommandDefinition<'/],
  ['app/replies', /= defineReply[<(]/],
  ['executors/runner/agents', /: Agent = /]
] as const)('every declaration in %s stands in the index beside it', (folder, declares) => {
  const index = readFileSync(`${ROOT}${folder}/index.ts`, 'utf8')
  const declared = sources(folder).filter(name =>
    declares.test(readFileSync(`${ROOT}${folder}/${name}`, 'utf8'))
  )
  expect(declared.length).toBeGreaterThan(0)
  for (const name of declared) expect(index).toContain(`'./${name}'`)
})

test('a command and a stage stand under their own names', () => {
  for (const [key, command] of Object.entries(COMMANDS)) expect(command.name).toBe(key)
  for (const [key, stage] of Object.entries(STAGES)) expect(stage.name).toBe(key)
  expect(Object.keys(REPLIES).length).toBeGreaterThan(0)
})
