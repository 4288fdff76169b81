import { expect, test } from '@jest/globals'
import { beatsOf, type Script } from './script.ts'

test('words and thoughts belong to the answer with the next call', () => {
  const steps: Script['steps'] = [
    { think: 'a' },
    { say: 'b' },
    { run: 'c' },
    { together: [{ run: 'd' }, { read: 'e' }] },
    { say: 'f' },
    { finish: 'g' }
  ]
  expect(beatsOf({ name: 'work', steps })).toEqual([
    { thoughts: ['a'], words: ['b'], calls: [{ run: 'c' }] },
    { thoughts: [], words: [], calls: [{ run: 'd' }, { read: 'e' }] },
    { thoughts: [], words: ['f', 'g'], calls: [] }
  ])
})

test.each<[string, Script, string]>([
  ['no step', { name: 'a', steps: [] }, 'has no finish at its end'],
  ['no finish', { name: 'a', steps: [{ run: 'x' }] }, 'has no finish at its end'],
  ['words after the finish', { name: 'a', steps: [{ finish: 'x' }, { say: 'y' }] }, 'no finish'],
  ['two finishes', { name: 'a', steps: [{ finish: 'x' }, { finish: 'y' }] }, 'goes on after'],
  ['no call together', { name: 'a', steps: [{ together: [] }, { finish: 'y' }] }, 'empty step'],
  ['a name with a space', { name: 'a b', steps: [{ finish: 'x' }] }, 'is not 1 to 20 letters']
])('a script with %s is refused', (_what, script, why) => {
  expect(() => beatsOf(script)).toThrow(why)
})
