/** What the demo's story tells while it goes on. */

/** In the order in which they come; a run's steps come again for the revise. */
export const STEPS = [
  'postgres',
  'github',
  'app',
  'repository',
  'tests-fail',
  'label',
  'delivery',
  'acknowledged',
  'run',
  'check',
  'place',
  'session',
  'agent',
  'line',
  'handed-over',
  'gate',
  'push',
  'pull-request',
  'diff',
  'tests-pass',
  'review',
  'revised',
  'end'
] as const
export type StepName = (typeof STEPS)[number]

export interface Step {
  readonly name: StepName
  /** What happened, one line. */
  readonly text: string
  /** Where to look at it. */
  readonly where?: string
  /** More lines, shown below. */
  readonly detail?: string
}

/** The story did not go on as it should. */
export class StoryFailure extends Error {
  /** The step that was waited for. */
  readonly step: StepName
  readonly expected: string

  constructor(step: StepName, expected: string, found: string, options: ErrorOptions = {}) {
    super(found, options)
    this.name = 'StoryFailure'
    this.step = step
    this.expected = expected
  }
}
