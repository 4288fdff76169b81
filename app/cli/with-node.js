// Runs a program with a new enough Node first in PATH: `node app/cli/with-node.js jest --version`.
// npm's scripts begin with the Node of the machine, which may be older than what `npm ci` brings.
import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isTooOld, OLDEST_NODE, ownNode } from './own-node.js'

const [program = '', ...words] = process.argv.slice(2)
const node = isTooOld(process.versions.node) ? ownNode() : process.execPath

if (node === null) {
  process.stderr.write(
    `this needs Node ${OLDEST_NODE} or newer, and this is ${process.versions.node}. Run \`npm ci\`, which brings one, or install a newer Node.\n`
  )
  process.exitCode = 2
} else {
  const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url))
  const path = [dirname(node), bin, process.env.PATH ?? ''].join(delimiter)
  const child = spawn(program, words, { stdio: 'inherit', env: { ...process.env, PATH: path } })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // Ctrl-C on a terminal reaches the child by itself.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  child.on('error', error => {
    process.stderr.write(`starting ${program}: ${error.message}\n`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
}
