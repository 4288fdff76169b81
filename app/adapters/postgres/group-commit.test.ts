import { expect, test } from '@jest/globals'
import { groupCommit } from './group-commit.ts'

interface Row {
  readonly name: string
  readonly size: number
}

/** Writes wait until the test lets them go, and fail for rows named `bad`. */
function held() {
  const groups: string[][] = []
  const gates: Array<() => void> = []
  const group = groupCommit<Row, string>({
    rows: 4,
    bytes: 100,
    sizeOf: row => row.size,
    write: async rows => {
      groups.push(rows.map(row => row.name))
      await new Promise<void>(resolve => gates.push(resolve))
      if (rows.some(row => row.name.startsWith('bad'))) throw new Error('a row is bad')
      if (rows.some(row => row.name.startsWith('lost'))) throw new Error('no connection')
      return rows.map(row => `${row.name} stored`)
    },
    isRowsFault: error => error instanceof Error && error.message === 'a row is bad'
  })
  const open = (): void => {
    const timer = setInterval(() => gates.shift()?.(), 1)
    void group.drained().then(() => clearInterval(timer))
  }
  return { group, groups, open }
}

const row = (name: string, size = 1): Row => ({ name, size })

test('a row that comes alone is written alone and at once, what comes meanwhile together', async () => {
  const { group, groups, open } = held()
  const first = group.put(row('a'))
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(groups).toEqual([['a']])
  const others = ['b', 'c', 'd'].map(name => group.put(row(name)))
  open()
  expect(await Promise.all([first, ...others])).toEqual([
    'a stored',
    'b stored',
    'c stored',
    'd stored'
  ])
  expect(groups).toEqual([['a'], ['b', 'c', 'd']])
})

test('a group has at most so many rows and bytes; a row that is larger goes alone', async () => {
  const { group, groups, open } = held()
  const sizes = [1, 1, 1, 1, 1, 60, 60, 500, 1]
  const all = sizes.map((size, n) => group.put(row(`r${n}`, size)))
  open()
  await Promise.all(all)
  expect(groups).toEqual([['r0', 'r1', 'r2', 'r3'], ['r4', 'r5'], ['r6'], ['r7'], ['r8']])
})

test('a row that cannot be stored fails alone; the others of its group are stored', async () => {
  const { group, open } = held()
  const all = ['a', 'bad1', 'c', 'bad2'].map(name => group.put(row(name)))
  open()
  const settled = await Promise.allSettled(all)
  expect(settled.map(one => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
})

test('when nothing can be written, all of a group hear it from one try, and the next group is tried anew', async () => {
  const { group, groups, open } = held()
  const all = ['a', 'lost', 'c', 'd', 'later'].map(name => group.put(row(name)))
  open()
  const settled = await Promise.allSettled(all)
  expect(settled.map(one => one.status)).toEqual([
    ...['rejected', 'rejected', 'rejected', 'rejected'],
    'fulfilled'
  ])
  expect(groups).toHaveLength(2)
})

test('draining waits for what is under way and for what waits behind it', async () => {
  const { group, groups, open } = held()
  const all = Array.from({ length: 10 }, (_, n) => group.put(row(`r${n}`)))
  open()
  await group.drained()
  expect(groups.flat()).toHaveLength(10)
  await Promise.all(all)
  await group.drained()
})
