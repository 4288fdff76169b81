/** What every inbox promises; run on the fake and on Postgres. */
import { expect, test } from '@jest/globals'
import type { NewDelivery } from '#app/core/delivery.ts'
import type { Inbox } from '#app/ports/inbox.ts'

/** `make` gives two replicas on one store. */
export function inboxContract(make: () => { readonly one: Inbox; readonly other: Inbox }): void {
  const delivery = (id: string): NewDelivery => ({
    id,
    event: 'issues',
    subject: '1#2',
    body: Buffer.from(id)
  })

  test('a delivery is new once, for all replicas', async () => {
    const { one, other } = make()
    expect(await one.put(delivery('once'))).toBe(true)
    expect(await one.put(delivery('once'))).toBe(false)
    expect(await other.put(delivery('once'))).toBe(false)
  })

  test('of 100 copies at the same moment, on two replicas, exactly one is new', async () => {
    const { one, other } = make()
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 2 ? one : other).put(delivery('copy')))
    )
    expect(answers.filter(Boolean)).toHaveLength(1)
  })

  test('each of many at the same moment gets its own answer', async () => {
    const { one } = make()
    await one.put(delivery('many-7'))
    const ids = Array.from({ length: 250 }, (_, n) => `many-${n}`)
    const answers = await Promise.all(ids.map(id => one.put(delivery(id))))
    expect(ids.filter((_, n) => answers[n] === false)).toEqual(['many-7'])
  })

  test('an event we do not subscribe to is known from then on, without a body', async () => {
    const { one } = make()
    const star = { ...delivery('star'), event: 'star', subject: null, body: null }
    expect(await one.put(star)).toBe(true)
    expect(await one.put(star)).toBe(false)
  })

  test('two replicas that get the same deliveries in opposite orders share them out', async () => {
    const { one, other } = make()
    const ids = Array.from({ length: 200 }, (_, n) => `storm-${n}`)
    const answers = await Promise.all([
      ...ids.map(id => one.put(delivery(id))),
      ...ids.toReversed().map(id => other.put(delivery(id)))
    ])
    expect(answers.filter(Boolean)).toHaveLength(ids.length)
  })
}
