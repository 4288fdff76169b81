import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { REQUIREMENTS } from './requirements.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

test('every promise has an id of its own', () => {
  expect(new Set(REQUIREMENTS.map(requirement => requirement.id)).size).toBe(REQUIREMENTS.length)
})

test.each(REQUIREMENTS.map(({ id, proof }) => [id, ...proof] as const))(
  'the promise %s has its proof in %s',
  (_id, file, title) => {
    expect(existsSync(`${ROOT}${file}`)).toBe(true)
    const titles = [
      ...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(
        /(?:^|\s)(?:test|test\.each[\s\S]*?\)?)\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g
      )
    ].map(match => match[2] ?? '')
    const all = readFileSync(`${ROOT}${file}`, 'utf8')
    expect(
      titles.some(found => found.startsWith(title)) ||
        new RegExp(`\\)\\(\\s*['"\`]${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`).test(all)
    ).toBe(true)
  }
)
