// Where the Node is that `npm ci` brings, in plain JavaScript: an older Node must be able to read this.
import { existsSync } from 'node:fs'
import { arch, platform } from 'node:process'
import { fileURLToPath } from 'node:url'

const OLDEST = [22, 22]

/** The oldest Node that everything else runs on, as people write it. */
export const OLDEST_NODE = OLDEST.join('.')

/** @param {string} version */
export function isTooOld(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < (OLDEST[0] ?? 0) || (major === OLDEST[0] && minor < (OLDEST[1] ?? 0))
}

/** The program's path, or null. npm 10 leaves out the link in `.bin`, so the package is looked into. */
export function ownNode() {
  const path = fileURLToPath(
    new URL(`../../node_modules/node-${platform}-${arch}/bin/node`, import.meta.url)
  )
  return existsSync(path) ? path : null
}
