/** The launcher's program: stands with the agent, holds nothing. Started by an executor, one a run. */
import { readFileSync } from 'node:fs'
import { readLauncherEnvironment } from './environment.ts'
import { launch } from './launcher/launch.ts'
import { placeBelow } from './launcher/place.ts'

// Its folders are closed by their own modes; the agent's files get the usual ones.
process.umask(0o022)
const environment = readLauncherEnvironment()
const socketPath = readFileSync(placeBelow(environment.place).socketFile, 'utf8').trim()
process.exit(await launch(environment, socketPath))
