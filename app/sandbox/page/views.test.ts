import { expect, test } from '@jest/globals'
import { diffRows } from './diff.ts'
import { refusalIn } from './refused.ts'
import { inkOn } from './views.ts'

test.each([
  ['ffffff', '#000'],
  ['000000', '#fff'],
  ['fbca04', '#000'],
  ['0075ca', '#fff'],
  ['d73a4a', '#000'],
  ['5319e7', '#fff']
])('the words on a label of colour %s are %s', (color, ink) => {
  expect(inkOn(color)).toBe(ink)
})

test.each([
  [{ message: 'No.' }, 'No.', []],
  [{}, 'Refused without a reason', []],
  [{ message: 'a', errors: ['in words'] }, 'a', ['in words']],
  [
    { message: 'a', errors: [{ resource: 'Label', field: 'name', code: 'already_exists' }] },
    'a',
    ['Label: name exists already']
  ],
  [{ message: 'a', errors: [{ code: 'custom', message: 'too long' }] }, 'a', ['too long']],
  [{ message: 'a', errors: [{ resource: 'Issue', code: 'strange' }] }, 'a', ['Issue strange']]
])('the answer %j is told as "%s" %j', (answer, message, details) => {
  expect(refusalIn(answer)).toEqual({ message, details })
})

test('the lines of a diff have their numbers in the old and the new file', () => {
  const patch = '@@ -3,2 +3,3 @@ f()\n same\n-gone\n+new\n+--- x\n\\ No newline at end of file'
  expect(diffRows(patch).map(row => [row.kind, row.old, row.new])).toEqual([
    ['hunk', null, null],
    ['same', 3, 3],
    ['minus', 4, null],
    ['plus', null, 4],
    ['plus', null, 5],
    ['hunk', null, null]
  ])
})
