import { z } from 'zod'

const line = z.string().trim().min(1)

/** What an agent hands back beside its commits (decisions 24): a JSON object, unknown keys dropped. */
export const StageResult = z.object({
  summary: z
    .string()
    .trim()
    .min(1)
    .max(20_000)
    .describe('what was done, in Markdown, for the pull request'),
  title: z
    .string()
    .trim()
    .max(200)
    .optional()
    .describe('one line for the pull request, without a final dot'),
  artefacts: z
    .array(z.object({ path: line.max(500), description: z.string().max(2000).default('') }))
    .max(200)
    .default([])
    .describe('files worth naming, by path from the repository root'),
  decisions: z.array(line.max(4000)).max(50).default([]).describe('choices made and why'),
  questions: z.array(line.max(4000)).max(50).default([]).describe('what the owner should answer'),
  risks: z.array(line.max(4000)).max(50).default([]).describe('what could go wrong'),
  follow_ups: z.array(line.max(4000)).max(50).default([]).describe('work left for other issues'),
  checks: z
    .array(z.object({ command: line.max(500), outcome: z.enum(['passed', 'failed', 'not_run']) }))
    .max(50)
    .default([])
    .describe('checks that were run, and those that were not')
})
export type StageResult = z.output<typeof StageResult>

export interface ReadResult {
  readonly result: StageResult
  /** Why the file could not be used, for the log and the check run; null when it could. */
  readonly problem: string | null
}

/**
 * Reads the agent's result file. A file that is missing or does not fit never fails the run: the
 * last lines become the summary (product spec 3.10: a good pull request must not end as failed
 * because of formatting).
 */
export function readResult(report: string | null, lastLines: string): ReadResult {
  const fallback = {
    summary: lastLines.trim() === '' ? 'The agent left no summary.' : lastLines.trim()
  }
  if (report === null) return { result: StageResult.parse(fallback), problem: null }
  let document: unknown
  try {
    document = JSON.parse(report)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { result: StageResult.parse(fallback), problem: `result file is not JSON: ${why}` }
  }
  const read = StageResult.safeParse(document)
  if (read.success) return { result: read.data, problem: null }
  return {
    result: StageResult.parse(fallback),
    problem: `result file does not fit the schema: ${z.prettifyError(read.error)}`
  }
}
