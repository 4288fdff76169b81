/** What people in a story see on GitHub: labels, comments, pull requests, check runs, runs. */
import type { Knex } from 'knex'
import { at, STORY_REPOSITORY, type Story } from './story.ts'

export const REPO = `/repos/${STORY_REPOSITORY}`

export interface RunRow {
  readonly id: string
  readonly state: string
  readonly reason: string | null
  readonly kind: string
  readonly attempt: number
  readonly pull_request: number | null
}

/** Runs of an issue, oldest first. */
export async function runsOf(story: Story, issue: number): Promise<RunRow[]> {
  return story.database
    .db<RunRow>('runs')
    .where({ issue_number: issue } as Partial<RunRow>)
    .orderBy('created_at') as unknown as Promise<RunRow[]>
}

/** The issue's newest run, once it has ended. */
export async function ended(story: Story, issue: number, count = 1, seconds = 60): Promise<RunRow> {
  return story.until(
    `run ${count} of issue ${issue} to end`,
    async () => {
      const runs = await runsOf(story, issue)
      const last = runs.at(-1)
      return runs.length >= count &&
        last !== undefined &&
        ['succeeded', 'failed', 'canceled', 'timed_out'].includes(last.state)
        ? last
        : null
    },
    seconds
  )
}

export async function labels(story: Story, thread: number): Promise<string[]> {
  const found = (await story.as('mona')('GET', `${REPO}/issues/${thread}/labels`)) as unknown[]
  return found.map(label => String(at(label, 'name')))
}

/** Comments of our App on a thread, oldest first. */
export async function botComments(story: Story, thread: number): Promise<string[]> {
  const found = (await story.as('mona')(
    'GET',
    `${REPO}/issues/${thread}/comments?per_page=100`
  )) as unknown[]
  return found
    .filter(comment => at(comment, 'user', 'type') === 'Bot')
    .map(comment => String(at(comment, 'body')))
}

export async function openPulls(story: Story): Promise<unknown[]> {
  return (await story.as('mona')('GET', `${REPO}/pulls?state=open`)) as unknown[]
}

export async function checks(
  story: Story,
  sha: string
): Promise<
  Array<{
    id: number
    external_id: string
    status: string
    conclusion: string | null
    output: { title: string; summary: string; text: string }
  }>
> {
  const found = (await story.as('mona')(
    'GET',
    `${REPO}/commits/${sha}/check-runs?filter=all&per_page=100`
  )) as { check_runs: never[] }
  return found.check_runs
}

export async function comment(
  story: Story,
  login: string,
  thread: number,
  body: string
): Promise<number> {
  return Number(
    at(await story.as(login)('POST', `${REPO}/issues/${thread}/comments`, { body }), 'id')
  )
}

export async function addLabel(
  story: Story,
  login: string,
  thread: number,
  label: string
): Promise<void> {
  await story.as(login)('POST', `${REPO}/issues/${thread}/labels`, { labels: [label] })
}

/** Every delivery so far has been sent and worked, and no effect waits. */
export async function quiet(story: Story, seconds = 60): Promise<void> {
  await story.sandbox.settled()
  await story.until(
    'deliveries and effects to drain',
    async () => {
      await story.sandbox.settled()
      const { rows } = await story.database.db.raw<{ rows: { open: number }[] }>(
        `select (select count(*) from deliveries where state in ('waiting', 'working'))
            + (select count(*) from effects where state in ('waiting', 'working')) as open`
      )
      return rows[0]?.open === 0
    },
    seconds
  )
}

export async function eyes(story: Story, subject: string): Promise<number> {
  const found = (await story.as('mona')('GET', `${REPO}/${subject}/reactions`)) as unknown[]
  return found.filter(reaction => at(reaction, 'content') === 'eyes').length
}

export async function count(
  db: Knex,
  table: string,
  where: Readonly<Record<string, unknown>> = {}
): Promise<number> {
  const [row] = (await db(table).where(where).count({ count: '*' })) as Array<{
    count: number | string
  }>
  return Number(row?.count ?? 0)
}

/** Ids of effects that failed for good, with why: empty in every healthy story. */
export async function failedEffects(story: Story): Promise<string[]> {
  const rows = (await story.database
    .db('effects')
    .where({ state: 'failed' })
    .select('key', 'error')) as Array<{ key: string; error: string }>
  return rows.map(row => `${row.key}: ${row.error}`)
}
