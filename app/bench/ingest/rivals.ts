/** What ours is compared with: `node rivals.ts NAME`, listening on a free port of loopback. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNodeMiddleware as octokitMiddleware, Webhooks } from '@octokit/webhooks'
import { Pool } from 'pg'
import { type ApplicationFunction, createNodeMiddleware, Probot } from 'probot'
import { SECRET } from './bodies.ts'

const EVENTS = ['issues', 'issue_comment', 'pull_request'] as const
const { BENCH_DATABASE_URL = '', BENCH_PRIVATE_KEY = '', BENCH_POOL_SIZE = '20' } = process.env

const RIVALS: Readonly<Record<string, () => Promise<RequestListener>>> = {
  'bare-http': async () => (request, response) => {
    request.resume()
    request.once('end', () => response.end('ok'))
  },
  'octokit-webhooks': async () => {
    const webhooks = new Webhooks({ secret: SECRET })
    webhooks.on([...EVENTS], () => {})
    const handle = octokitMiddleware(webhooks, { path: '/api/github/webhooks' })
    return (request, response) => void handle(request, response)
  },
  'probot-empty': () => probot(app => void app.on([...EVENTS], () => {})),
  'probot-naive': naive
}

/** Probot as its documentation mounts it; its log is off, which is faster than its default. */
async function probot(app: ApplicationFunction): Promise<RequestListener> {
  const options = { appId: 1, privateKey: BENCH_PRIVATE_KEY, secret: SECRET }
  const handle = await createNodeMiddleware(app, {
    probot: new Probot({ ...options, logLevel: 'fatal' })
  })
  return (request, response) => void handle(request, response)
}

/** The transaction that one would write first: keep the delivery, touch its issue, queue a job. */
async function naive(): Promise<RequestListener> {
  const pool = new Pool({ connectionString: BENCH_DATABASE_URL, max: Number(BENCH_POOL_SIZE) })
  await pool.query(`
    create table deliveries (
      id text primary key, event text not null, payload jsonb not null,
      received_at timestamptz not null default now());
    create table issues (
      repository bigint, number int, updated_at timestamptz not null, primary key (repository, number));
    create table jobs (
      id bigint generated always as identity primary key, delivery text not null references deliveries (id),
      state text not null default 'waiting', created_at timestamptz not null default now());
    create index jobs_waiting on jobs (id) where state = 'waiting'`)
  return probot(app => {
    app.on([...EVENTS], async context => {
      const { repository } = context.payload
      const thread =
        'issue' in context.payload ? context.payload.issue : context.payload.pull_request
      const client = await pool.connect()
      try {
        await client.query('begin')
        const { rowCount } = await client.query(
          'insert into deliveries (id, event, payload) values ($1, $2, $3) on conflict (id) do nothing',
          [context.id, context.name, JSON.stringify(context.payload)]
        )
        if (rowCount === 1) {
          await client.query(
            `insert into issues (repository, number, updated_at) values ($1, $2, now())
             on conflict (repository, number) do update set updated_at = excluded.updated_at`,
            [repository.id, thread.number]
          )
          await client.query('insert into jobs (delivery) values ($1)', [context.id])
        }
        await client.query('commit')
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    })
  })
}

const make = RIVALS[process.argv[2] ?? '']
if (make === undefined) throw new Error(`there is no rival ${process.argv[2]}`)
const server = createServer(await make())
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit())
