import { AppError } from '#app/core/errors.ts'

/** One thing that is wrong with the configuration, and what to do. */
export interface Problem {
  readonly where: string
  readonly what: string
}

/** One CONFIG_INVALID that lists every problem with its fix. */
export function invalid(problems: readonly Problem[]): AppError {
  const lines = problems.map(problem => `  ${problem.where}: ${problem.what}`)
  return new AppError(
    'CONFIG_INVALID',
    `reading the configuration: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}\n${lines.join('\n')}\nEvery key is described in docs/reference/config.md. With nothing of the App set, \`stagewright start\` serves a page that sets it up; \`npm run demo\` needs none.`
  )
}
