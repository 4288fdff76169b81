/** The small repository of the demo: one function is wrong, and one test says so. */

export const DEMO_REPOSITORY = {
  owner: 'octo',
  name: 'pages',
  fullName: 'octo/pages'
} as const

/** Who takes part; `mona` is an owner of the platform too. */
export const DEMO_PEOPLE = { mona: 'admin', lina: 'write' } as const

export const DEMO_FILES: Readonly<Record<string, string>> = {
  'README.md': `# pages

Cuts a list into pages. \`npm test\` runs the tests; nothing needs to be installed.
`,
  'package.json': `${JSON.stringify(
    {
      name: 'pages',
      version: '1.0.0',
      type: 'module',
      private: true,
      scripts: { test: 'node --test' }
    },
    null,
    2
  )}\n`,
  'src/pages.js': `/** How many pages a list of so many items fills. */
export function pageCount(items, perPage) {
  return Math.floor(items / perPage)
}

/** The items of one page; the first page is 1. */
export function pageItems(list, perPage, page) {
  return list.slice((page - 1) * perPage, page * perPage)
}
`,
  'test/pages.test.js': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageCount, pageItems } from '../src/pages.js'

test('no items fill no page', () => {
  assert.equal(pageCount(0, 10), 0)
})

test('a full page is one page', () => {
  assert.equal(pageCount(10, 10), 1)
})

test('what is left over gets a page of its own', () => {
  assert.equal(pageCount(21, 10), 3)
})

test('the last page holds what is left over', () => {
  assert.deepEqual(pageItems([1, 2, 3], 2, 2), [3])
})
`
}

export const DEMO_ISSUE = {
  title: 'The last page is missing when it is not full',
  body: `\`pageCount(21, 10)\` in \`src/pages.js\` gives 2, so nobody ever sees item 21.

The test "what is left over gets a page of its own" fails. It should give 3, and 0 for an empty list as before.`
} as const

export const DEMO_REVIEW = {
  body: 'The count is right now. One edge is open, see the line.',
  path: 'src/pages.js',
  /** A line of the pull request that the remark stands on. */
  on: 'Math.ceil',
  remark:
    '`pageCount(21, 0)` gives Infinity, and the caller then builds pages for ever. Please throw a `RangeError` when `perPage` is below 1, and cover it with a test.'
} as const
