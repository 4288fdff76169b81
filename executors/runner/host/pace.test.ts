import { expect, test } from '@jest/globals'
import { Pace } from './pace.ts'

const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('only so many are inside at once, in the order in which they came', async () => {
  const pace = new Pace(2, 60_000)
  const entered: number[] = []
  const leave: (() => void)[] = []
  for (let n = 0; n < 4; n += 1) {
    const done = new Promise<void>(resolve => leave.push(resolve))
    pace.enter(done).then(() => entered.push(n))
  }
  await tick()
  expect(entered).toEqual([0, 1])
  leave[1]?.()
  await tick()
  expect(entered).toEqual([0, 1, 2])
  leave[0]?.()
  await tick()
  expect(entered).toEqual([0, 1, 2, 3])
})

test('a turn ends by failure and by its time as well', async () => {
  const pace = new Pace(1, 20)
  await pace.enter(Promise.reject(new Error('not prepared')))
  await pace.enter(new Promise(() => undefined))
  const before = Date.now()
  await pace.enter(Promise.resolve())
  expect(Date.now() - before).toBeGreaterThanOrEqual(15)
})
