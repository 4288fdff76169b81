/**
 * What a launcher is started from: its sources with the types stripped once (50 starts must fit in
 * seconds), and a node, both where the run's user can get at them.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemCode } from '#executors/runner/failure.ts'
import { ownFolder } from './folders.ts'
import { closedToOthers } from './reach.ts'

export interface LauncherProgram {
  readonly node: string
  readonly script: string
  /** Set when node had to be copied: the folder to put first in PATH, and the node it stands for. */
  readonly copied: { readonly bin: string; readonly insteadOf: string } | null
}

const SOURCES = fileURLToPath(new URL('..', import.meta.url))
/** The host's own files are of no use to a launcher. */
const LAUNCHER_FILES =
  /^(launcher|agents)\/|^(launcher|environment|failure|http|listener|report)\.ts$/
const UNUSED_MS = 7 * 24 * 60 * 60_000
const PACKAGE = JSON.stringify({ type: 'module', imports: { '#executors/*': './executors/*' } })

/**
 * The program for a run: of our own user, or of another one that may not reach our node. Made once a
 * version (atomic, by content) in a folder of ours below `tempDir`; later calls only verify it.
 */
export function launcherProgram(tempDir: string, otherUser: boolean): LauncherProgram {
  const copyNode = otherUser && closedToOthers(process.execPath, 'execute') !== null
  const base = ownFolder(join(tempDir, `stagewright-${process.geteuid?.() ?? 0}`), 0o711)
  const files = sourceFiles()
  const folder = join(base, `launcher-${digest(files)}`)
  if (!existsSync(folder)) {
    removeUnused(base)
    build(folder, files)
  }
  ownFolder(folder, 0o711)
  utimesSync(folder, new Date(), new Date())
  const bin = join(folder, 'bin')
  const script = join(folder, 'executors', 'runner', 'launcher.mjs')
  if (!copyNode) return { node: process.execPath, script, copied: null }
  placeNode(bin)
  return { node: join(bin, 'node'), script, copied: { bin, insteadOf: process.execPath } }
}

/** Other versions, when nothing was started from them for longer than any run may last. */
function removeUnused(base: string): void {
  for (const name of readdirSync(base).filter(name => name.startsWith('launcher-'))) {
    const folder = join(base, name)
    if (statSync(folder).mtimeMs < Date.now() - UNUSED_MS)
      rmSync(folder, { recursive: true, force: true })
  }
}

function build(folder: string, files: readonly string[]): void {
  const building = `${folder}.${randomBytes(6).toString('hex')}`
  try {
    write(join(building, 'package.json'), PACKAGE)
    for (const file of files) {
      const name = file.replace(/\.ts$/, '.mjs')
      write(join(building, 'executors', 'runner', name), stripped(join(SOURCES, file)))
    }
    openFolders(join(building, 'bin'))
    chmodSync(building, 0o711)
    renameSync(building, folder)
  } catch (error) {
    rmSync(building, { recursive: true, force: true })
    // Another host built the same content at the same moment: as good as ours.
    if (!['EEXIST', 'ENOTEMPTY'].includes(systemCode(error) ?? '')) throw error
  }
}

function stripped(file: string): string {
  return stripTypeScriptTypes(readFileSync(file, 'utf8')).replace(
    /\bfrom '([^']+)\.ts'/g,
    "from '$1.mjs'"
  )
}

function write(file: string, content: string): void {
  openFolders(dirname(file))
  writeFileSync(file, content)
  chmodSync(file, 0o644)
}

/** The umask takes others' rights away at mkdir. */
function openFolders(folder: string): void {
  const first = mkdirSync(folder, { recursive: true })
  for (let at = folder; first !== undefined; at = dirname(at)) {
    chmodSync(at, 0o755)
    if (at === first) return
  }
}

/** Node is large: linked where that leaves it executable for others, else copied; atomic by rename. */
function placeNode(bin: string): void {
  const target = join(bin, 'node')
  if (existsSync(target)) return
  const source = realpathSync(process.execPath)
  const building = `${target}.${randomBytes(6).toString('hex')}`
  if (!linked(source, building)) {
    copyFileSync(source, building, constants.COPYFILE_FICLONE)
    chmodSync(building, 0o755)
  }
  renameSync(building, target)
}

function linked(source: string, target: string): boolean {
  if ((statSync(source).mode & 0o005) !== 0o005) return false
  try {
    linkSync(source, target)
    return true
  } catch (error) {
    if (['EXDEV', 'EPERM', 'EMLINK'].includes(systemCode(error) ?? '')) return false
    throw error
  }
}

function sourceFiles(): readonly string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter(file => LAUNCHER_FILES.test(file) && !file.endsWith('.test.ts'))
    .filter(file => file.endsWith('.ts'))
    .sort()
}

function digest(files: readonly string[]): string {
  const hash = createHash('sha256').update(PACKAGE).update(process.version)
  const node = statSync(process.execPath)
  hash.update(`${process.execPath}\n${node.size}\n${node.mtimeMs}\n`)
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(SOURCES, file)))
  return hash.digest('hex').slice(0, 16)
}
