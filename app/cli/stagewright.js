#!/usr/bin/env node
// The command line's door, in plain JavaScript: it must still run on a Node that is too old for the rest.
import { spawn } from 'node:child_process'
import { isTooOld, OLDEST_NODE, ownNode } from './own-node.js'

// Set for the second try, so that a wrong node in node_modules cannot make this go in circles.
const AGAIN = 'STAGEWRIGHT_NODE_CHOSEN'

if (isTooOld(process.versions.node)) restart()
else {
  readEnvironmentFile()
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

/** `.env` in the folder where one stands, for what is not set already. */
function readEnvironmentFile() {
  try {
    process.loadEnvFile()
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

function restart() {
  const own = ownNode()
  if (process.env[AGAIN] !== undefined || own === null) {
    process.stderr.write(
      `stagewright needs Node ${OLDEST_NODE} or newer, and this is ${process.versions.node}. Run \`npm ci\`, which brings one, or install a newer Node.\n`
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
