import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { NewDelivery } from '#app/core/delivery.ts'
import { type AppStore, appStore } from '#app/testing/app-store.ts'
import { connect } from './connection.ts'
import { postgresInbox } from './inbox.ts'

let app: AppStore

beforeAll(async () => {
  app = await appStore()
})

beforeEach(async () => {
  await app.database.db.raw('truncate deliveries')
})

afterAll(() => app.drop())

function delivery(id: string, subject: string | null = null): NewDelivery {
  return { id, event: 'issues', subject, body: Buffer.from(`{"id":"${id}"}`) }
}

test('bodies keep every byte, each its own, and NUL in what a sender wrote does no harm', async () => {
  const bodies = [Buffer.from([0, 1, 255, 0]), Buffer.alloc(0), Buffer.from('ünï'), null]
  await Promise.all(
    bodies.map((body, n) =>
      app.inbox.put({ id: `b${n}\0`, event: 'iss\0ues', subject: '1#\0', body })
    )
  )
  const rows = await app.database.db('deliveries').orderBy('sequence')
  expect(rows.map(row => [row.id, row.body])).toEqual(bodies.map((body, n) => [`b${n}`, body]))
  expect(rows[0]).toMatchObject({ event: 'issues', subject: '1#', state: 'waiting', attempts: 0 })
  expect(rows[3]).toMatchObject({ state: 'ignored', disposition: 'ignored' })
  expect(rows.map(row => row.finished_at === null)).toEqual([true, true, true, false])
})

test('what came first is claimed first, whatever the ids', async () => {
  const ids = ['z', 'm', 'a', 'y', 'b']
  await Promise.all(ids.map(id => app.inbox.put(delivery(id, 's'))))
  const rows = await app.database.db('deliveries').orderBy('sequence').select('id')
  expect(rows.map(row => row.id)).toEqual(ids)
})

test('deliveries of one moment share a commit', async () => {
  await app.inbox.put(delivery('before'))
  await Promise.all(Array.from({ length: 60 }, (_, n) => app.inbox.put(delivery(`d${n}`))))
  const { rows } = await app.database.db.raw(
    `select count(distinct xmin::text)::int as commits from deliveries where id <> 'before'`
  )
  expect(rows).toEqual([{ commits: 1 }])
})

test('a row that the database refuses fails alone', async () => {
  await app.database.db.raw(
    `create function refuse() returns trigger language plpgsql as $$ begin
       raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
     create trigger refuse before insert on deliveries for each row
       when (new.id like 'poison%') execute function refuse()`
  )
  const ids = Array.from({ length: 40 }, (_, n) => (n % 13 === 5 ? `poison${n}` : `fine${n}`))
  const settled = await Promise.allSettled(ids.map(id => app.inbox.put(delivery(id))))
  await app.database.db.raw('drop trigger refuse on deliveries; drop function refuse()')
  const failed = ids.filter((_, n) => settled[n]?.status === 'rejected')
  expect(failed).toEqual(ids.filter(id => id.startsWith('poison')))
  const rows = await app.database.db('deliveries').orderBy('sequence').select('id')
  expect(rows.map(row => row.id)).toEqual(ids.filter(id => id.startsWith('fine')))
})

/** A way to the database that can be cut, or go silent with its sockets open. */
async function detour(url: string): Promise<{
  readonly url: string
  readonly sockets: Set<Socket>
  close(): void
}> {
  const target = new URL(url)
  const way = new URL(url)
  const sockets = new Set<Socket>()
  const server: Server = createServer(client => {
    const upstream = dial(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.pipe(upstream).pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    sockets.add(client)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  way.port = String(address.port)
  return {
    url: way.href,
    sockets,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}

test.each([
  ['cut', (socket: Socket) => void socket.destroy()],
  ['silent', (socket: Socket) => void socket.unpipe().pause()]
])(
  'when the connection is %s in the middle, all that it carried are refused, and the next one works',
  async (_how, spoil) => {
    const way = await detour(app.database.url)
    const db = connect(way.url)
    const inbox = postgresInbox(db)
    try {
      await inbox.put(delivery('first'))
      const lock = await app.database.db.transaction()
      await lock.raw('lock table deliveries in access exclusive mode')
      const all = Array.from({ length: 5 }, (_, n) => inbox.put(delivery(`d${n}`)))
      const settled = Promise.allSettled(all)
      await waiting()
      for (const socket of way.sockets) spoil(socket)
      const answers = await settled
      await lock.rollback()
      for (const answer of answers) {
        expect(answer).toMatchObject({ reason: { code: 'DATABASE_UNREACHABLE' } })
      }
      expect(await inbox.put(delivery('after'))).toBe(true)
    } finally {
      await db.destroy()
      way.close()
    }
  },
  30_000
)

/** Until somebody waits for the lock on the inbox. */
async function waiting(): Promise<void> {
  for (;;) {
    const { rows } = await app.database.db.raw(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    )
    if (rows.length > 0) return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

test('closing waits until everything that was put is answered', async () => {
  const inbox = postgresInbox(app.database.db)
  const answers: boolean[] = []
  for (let n = 0; n < 250; n += 1) {
    void inbox.put(delivery(`last${n}`)).then(isNew => answers.push(isNew))
  }
  await inbox.close()
  expect(answers).toHaveLength(250)
})
