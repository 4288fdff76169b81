/** `.env` in the folder where one stands, which the command line reads at its start, and the private key. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { AppError } from '#app/core/errors.ts'
import type { SettingsFiles } from '#app/ports/set-up.ts'

const OWNER_ONLY = 0o600

/** `folder` gets `.env`; `stateDir`, made when missing, gets `github-app-ID.pem`. */
export function settingsFiles(place: {
  readonly folder: string
  readonly stateDir: string
}): SettingsFiles {
  const path = join(place.folder, '.env')

  async function add(settings: Readonly<Record<string, string>>): Promise<void> {
    const before = await readSettings(path)
    const present = parseEnv(before)
    const missing: Array<readonly [string, string]> = []
    for (const [key, value] of Object.entries(settings)) {
      const there = present[key] ?? ''
      if (there === '') missing.push([key, value])
      else if (there !== value) throw taken(path, [key])
    }
    if (missing.length === 0) return
    const lines = missing.map(([key, value]) => `${key}=${quoted(key, value)}\n`)
    const gap = before === '' || before.endsWith('\n') ? '' : '\n'
    const text = `${before}${gap}# Written by the set-up page; holds secrets.\n${lines.join('')}`
    const after = parseEnv(text)
    for (const [key, value] of missing) if (after[key] !== value) throw unwritable(key)
    await replace(path, text)
  }

  return {
    path,
    async check(keys) {
      const present = parseEnv(await readSettings(path))
      const clash = keys.filter(key => (present[key] ?? '') !== '')
      if (clash.length > 0) throw taken(path, clash)
      await mayWrite(place.folder, path)
      await mkdir(place.stateDir, { recursive: true, mode: 0o711 }).catch(cause =>
        notWritable(place.stateDir, cause)
      )
      await mayWrite(place.stateDir, place.stateDir)
    },
    async keepKey(appId, privateKey) {
      const file = join(place.stateDir, `github-app-${appId}.pem`)
      try {
        await writeFile(file, privateKey, { mode: OWNER_ONLY, flag: 'wx' })
      } catch (cause) {
        const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST'
        if (!isThere) return notWritable(file, cause)
        if ((await readFile(file, 'utf8')) !== privateKey) {
          throw new AppError(
            'FAILED_PRECONDITION',
            `writing the private key: ${file} is there already and holds another key; move it away and try again`
          )
        }
      }
      return file
    },
    add
  }
}

/** '' when there is none; a link or a folder is nothing that we replace. */
async function readSettings(path: string): Promise<string> {
  try {
    if (!(await lstat(path)).isFile()) {
      throw new AppError(
        'FAILED_PRECONDITION',
        `reading ${path}: it is a link or a folder, and the set-up writes a plain file; move it away, or start in another folder`
      )
    }
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Beside and then in its place, so that nobody ever reads half of it, or with a wider mode. */
async function replace(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.env.${randomBytes(6).toString('hex')}`)
  try {
    await writeFile(draft, text, { mode: OWNER_ONLY, flag: 'wx' })
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true })
    notWritable(path, cause)
  }
}

async function mayWrite(folder: string, wanted: string): Promise<void> {
  await access(folder, constants.W_OK | constants.X_OK).catch(cause => notWritable(wanted, cause))
}

/** As `process.loadEnvFile` reads it: the first quote that the value does not hold. */
function quoted(key: string, value: string): string {
  const quote = ["'", '`', '"'].find(one => !value.includes(one))
  if (quote === undefined || /[\0\r\n]/.test(value)) throw unwritable(key)
  return `${quote}${value}${quote}`
}

function unwritable(key: string): AppError {
  return new AppError(
    'INVALID_ARGUMENT',
    `writing ${key}: its value holds a line end or every kind of quote, which a .env file cannot hold; write a shorter one, for example the path of a script`
  )
}

function taken(path: string, keys: readonly string[]): AppError {
  return new AppError(
    'FAILED_PRECONDITION',
    `writing ${path}: ${keys.join(', ')} ${keys.length === 1 ? 'stands' : 'stand'} there already, and nothing is overwritten; take ${keys.length === 1 ? 'it' : 'them'} out, or move the file away`
  )
}

function notWritable(path: string, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause)
  throw new AppError(
    'FAILED_PRECONDITION',
    `writing ${path}: ${why}; start in a folder that you may write to, or set the App's keys in the environment yourself (docs/guide/configuration.md)`,
    { cause }
  )
}
