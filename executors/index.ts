import { localExecutor } from './local/index.ts'
import { scriptedExecutor } from './scripted/index.ts'

/** Every way to run attempts; a new one is a folder beside this and a line here. */
export const EXECUTORS = { local: localExecutor, scripted: scriptedExecutor } as const
