import { expect, test } from '@jest/globals'
import { isHeldByRun, listenersOf } from './listener.ts'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 64001        0 1 1 0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0`

test('listeners of a port are told by user, connections are none', () => {
  expect(listenersOf(TABLE, 8080)).toEqual([64_001])
  expect(listenersOf(TABLE, 22)).toEqual([0])
  expect(listenersOf(TABLE, 9)).toEqual([])
  expect(listenersOf('', 22)).toEqual([])
})

test('an address beyond this machine cannot be taken by a run', () => {
  expect(isHeldByRun('https://stagewright.example.com', { first: 0, count: 100_000 })).toBe(false)
})
