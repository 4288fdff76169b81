// Adds to package-lock.json the optional packages of other platforms that the registry in use could
// not serve when the lockfile was written. npm leaves those out, and `npm ci` then refuses the file.
// Run it after `npm install`: node .ci/complete-lockfile.mjs
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('../package-lock.json', import.meta.url)
const OS = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
  windows: 'win32',
  sunos: 'sunos',
  openbsd: 'openbsd',
  netbsd: 'netbsd',
  aix: 'aix'
}
const CPU = {
  arm64: 'arm64',
  x64: 'x64',
  ia32: 'ia32',
  arm: 'arm',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  loong64: 'loong64',
  wasm32: 'wasm32'
}

/** Platform by the words of the name, as all these packages spell it: `binding-linux-x64-musl`. */
function platformOf(name) {
  const words = name.split(/[-/]/)
  const os = words.map(word => OS[word]).find(Boolean)
  const cpu = words
    .map(
      word =>
        CPU[word] ??
        (word === 'gnueabihf' || word === 'musleabihf' || word === 'eabi' ? 'arm' : undefined)
    )
    .find(Boolean)
  const libc = words.some(word => word.startsWith('musl'))
    ? 'musl'
    : words.some(word => word.startsWith('gnu')) && os === 'linux'
      ? 'glibc'
      : undefined
  return {
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(libc ? { libc: [libc] } : {}),
    ...(os ? { os: [os] } : {})
  }
}

const lock = JSON.parse(readFileSync(FILE, 'utf8'))
const added = []
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = path === '' ? null : `${path}/node_modules/${name}`
    const flat = `node_modules/${name}`
    if (
      lock.packages[flat] !== undefined ||
      (nested !== null && lock.packages[nested] !== undefined)
    )
      continue
    const platform = platformOf(name)
    if (!/^\d+\.\d+\.\d+/.test(version) || platform.os === undefined)
      throw new Error(`${path} wants ${name}@${version}: add it by hand`)
    lock.packages[flat] = { version, ...platform, dev: entry.dev, license: 'MIT', optional: true }
    added.push(`${name}@${version}`)
  }
}
const sorted = Object.entries(lock.packages).sort(([left], [right]) =>
  left < right ? -1 : left > right ? 1 : 0
)
lock.packages = Object.fromEntries(sorted)
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added.length} added`)
for (const name of added) console.log(`  ${name}`)
