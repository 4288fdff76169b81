/** The app as a process that dies at `FAILPOINT`; without it, the app as it is. Started by stories. */
import { readConfig } from '#app/config.ts'
import { assemble } from '#app/main.ts'
import { failpoint, parseFailpoint } from './failpoints.ts'

const { FAILPOINT } = process.env
const overrides =
  FAILPOINT === undefined
    ? {}
    : failpoint(parseFailpoint(FAILPOINT), () => process.kill(process.pid, 'SIGKILL'))
const app = await assemble(readConfig(process.env), overrides)
process.stdout.write(`${app.url}\n`)
process.once('SIGTERM', () => void app.stop())
