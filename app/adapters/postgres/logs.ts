import type { Knex } from 'knex'
import type { LogChunk } from '#app/core/attempt.ts'
import type { Logs } from '#app/ports/run-output.ts'
import { iso, query } from './query.ts'

/** Chunks read at a time when a tail looks for its first line. */
const TAIL_PAGE = 32

/** The log of an attempt, in numbered pieces. */
export function postgresLogs(db: Knex): Logs {
  return {
    put: (runId, attempt, chunk) => put(db, { runId, attempt, chunk }),
    next: (runId, attempt) => next(db, runId, attempt),
    tail: (runId, attempt, lines) => tail(db, { runId, attempt, lines }),
    read: (runId, attempt, afterSeq, limit) => read(db, { runId, attempt, afterSeq, limit })
  }
}

async function put(
  db: Knex,
  {
    runId,
    attempt,
    chunk
  }: { readonly runId: string; readonly attempt: number; readonly chunk: LogChunk }
): ReturnType<Logs['put']> {
  const [row] = await query<{ readonly last: number; readonly stored: boolean }>(
    db,
    `with last as (
       select coalesce(max(seq), 0) as seq from log_chunks where run_id = :runId and attempt = :attempt),
     stored as (
       insert into log_chunks (run_id, attempt, seq, at, text)
       select :runId, :attempt, :seq, :at, :body from last where last.seq + 1 = :seq
           on conflict do nothing returning seq)
     select last.seq as last, exists (select from stored) as stored from last`,
    { runId, attempt, seq: chunk.seq, at: chunk.at, body: chunk.text }
  )
  const last = row?.last ?? 0
  if (row?.stored === true) return { outcome: 'stored', next: chunk.seq + 1 }
  if (chunk.seq <= last) return { outcome: 'known', next: last + 1 }
  // Not stored although it follows: the same chunk was stored by a request beside this one.
  if (chunk.seq === last + 1) return { outcome: 'known', next: chunk.seq + 1 }
  return { outcome: 'gap', next: last + 1 }
}

async function next(db: Knex, runId: string, attempt: number): Promise<number> {
  const [row] = await query<{ readonly next: number }>(
    db,
    `select coalesce(max(seq), 0) + 1 as next from log_chunks
      where run_id = :runId and attempt = :attempt`,
    { runId, attempt }
  )
  return row?.next ?? 1
}

/** Reads backwards until there are enough lines, so that a long log costs no more than a short one. */
async function tail(
  db: Knex,
  wish: { readonly runId: string; readonly attempt: number; readonly lines: number }
): Promise<string> {
  const { runId, attempt, lines } = wish
  let text = ''
  let before = await next(db, runId, attempt)
  while (before > 1 && lineCount(text) <= lines) {
    const rows = await query<{ readonly seq: number; readonly text: string }>(
      db,
      `select seq, text from log_chunks
        where run_id = :runId and attempt = :attempt and seq < :before
        order by seq desc limit :page`,
      { runId, attempt, before, page: TAIL_PAGE }
    )
    text =
      rows
        .map(row => row.text)
        .reverse()
        .join('') + text
    before = rows.at(-1)?.seq ?? 1
  }
  const all = text.replace(/\n$/, '').split('\n')
  return all.slice(Math.max(0, all.length - lines)).join('\n')
}

function lineCount(text: string): number {
  return text === '' ? 0 : text.replace(/\n$/, '').split('\n').length
}

async function read(
  db: Knex,
  page: {
    readonly runId: string
    readonly attempt: number
    readonly afterSeq: number
    readonly limit: number
  }
): Promise<readonly LogChunk[]> {
  const rows = await query<{ readonly seq: number; readonly at: Date; readonly text: string }>(
    db,
    `select seq, at, text from log_chunks
      where run_id = :runId and attempt = :attempt and seq > :afterSeq order by seq limit :limit`,
    page
  )
  return rows.map(row => ({ seq: row.seq, at: iso(row.at), text: row.text }))
}
