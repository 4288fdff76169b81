/** The run's folder as launcher and agent see it, and the environment that the agent starts in. */
import { join } from 'node:path'
import type { RunnerJob } from '#app/core/attempt.ts'

/** Absolute paths below the run's folder. */
export interface Place {
  readonly home: string
  readonly temp: string
  readonly tree: string
  readonly session: string
  readonly promptFile: string
  readonly resultFile: string
  readonly bundleFile: string
  /** Holds the loopback address with this run's secret path; mode 0600. */
  readonly loopbackFile: string
  /** Holds the path of the runner's socket. */
  readonly socketFile: string
}

export function placeBelow(folder: string): Place {
  return {
    home: join(folder, 'home'),
    temp: join(folder, 'tmp'),
    tree: join(folder, 'tree'),
    session: join(folder, 'session'),
    promptFile: join(folder, 'prompt.md'),
    resultFile: join(folder, 'result', 'result.json'),
    bundleFile: join(folder, 'changes.bundle'),
    loopbackFile: join(folder, 'loopback'),
    socketFile: join(folder, 'socket')
  }
}

/** The whole environment of the agent (and of git): nothing is inherited. */
export function agentEnvironment(
  place: Place,
  job: RunnerJob,
  more: { readonly path: string; readonly loopback: string; readonly resumed: boolean }
): Readonly<Record<string, string>> {
  return {
    PATH: more.path,
    HOME: place.home,
    TMPDIR: place.temp,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    CI: 'true',
    NO_COLOR: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: job.author.name,
    GIT_AUTHOR_EMAIL: job.author.email,
    GIT_COMMITTER_NAME: job.author.name,
    GIT_COMMITTER_EMAIL: job.author.email,
    STAGEWRIGHT_RUN: job.run,
    STAGEWRIGHT_ATTEMPT: job.attempt,
    STAGEWRIGHT_PROMPT_FILE: place.promptFile,
    STAGEWRIGHT_RESULT_FILE: place.resultFile,
    STAGEWRIGHT_SESSION_DIR: place.session,
    STAGEWRIGHT_SESSION_RESUMED: more.resumed ? '1' : '0',
    OPENAI_BASE_URL: `${more.loopback}/model/openai/v1`,
    ANTHROPIC_BASE_URL: `${more.loopback}/model/anthropic`
  }
}
