import type { StageGraph } from '#app/core/stage.ts'
import { dev } from './dev.ts'

/** Every stage that can be run. A stage of the catalogue that is not here is answered `stage_disabled`. */
export const STAGES = { dev } as const satisfies StageGraph
