#!/usr/bin/env node
// The command line's door, in plain JavaScript: it must still run on a Node that is too old for the rest.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const OLDEST = [22, 22]
const own = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
// Set for the second try, so that a wrong node in node_modules cannot make this go in circles.
const AGAIN = 'STAGEWRIGHT_NODE_CHOSEN'

if (isOld(process.versions.node)) restart()
else {
  const { [AGAIN]: _, ...env } = process.env
  const { main } = await import('./index.ts')
  const { stdout, stderr } = process
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosed)
  process.exitCode = await main(process.argv.slice(2), { env, stdout, stderr })
}

/** The reader went away (`| head`); what was begun is still brought to its end. */
function ignoreClosed(error) {
  if (error.code !== 'EPIPE') throw error
}

function isOld(version) {
  const [major, minor] = version.split('.').map(Number)
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

function restart() {
  if (process.env[AGAIN] !== undefined || !existsSync(own)) {
    process.stderr.write(
      `stagewright needs Node ${OLDEST.join('.')} or newer, and this is ${process.versions.node}. Run \`npm ci\`, which brings one, or install a newer Node.\n`
    )
    process.exitCode = 2
    return
  }
  const child = spawn(own, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, [AGAIN]: '1' }
  })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  // Ctrl-C on a terminal reaches the child by itself; twice would mean "at once".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  child.on('error', error => {
    process.stderr.write(`starting ${own}: ${error.message}\n`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1))
}
