/** The head of a git bundle. Format: git's `gitformat-bundle` manual page, versions 2 and 3. */
import { AppError } from '#app/core/errors.ts'

export interface BundleHeader {
  /** Commits that the receiver must have already. */
  readonly prerequisites: readonly string[]
  readonly refs: ReadonlyArray<{ readonly name: string; readonly sha: string }>
  /** Where the pack begins, in bytes. */
  readonly packStart: number
}

/** A header has a line for each ref and prerequisite; ours has one ref and few prerequisites. */
const HEADER_LIMIT = 1024 * 1024
const PREREQUISITE = /^-([0-9a-f]{40})(?: .*)?$/
const REF = /^([0-9a-f]{40}) (\S+)$/

/** BUNDLE_INVALID with what is wrong; does not look at the pack. */
export function readBundleHeader(bundle: Buffer): BundleHeader {
  const end = bundle.subarray(0, HEADER_LIMIT).indexOf('\n\n')
  const first = bundle.subarray(0, 32).toString('latin1').split('\n')[0]
  if (first !== '# v2 git bundle' && first !== '# v3 git bundle') {
    throw invalid(bundle.length === 0 ? 'it is empty' : 'it is no git bundle of version 2 or 3')
  }
  if (end === -1) throw invalid('its header is cut off')
  const prerequisites: string[] = []
  const refs: { name: string; sha: string }[] = []
  for (const line of bundle.subarray(0, end).toString('utf8').split('\n').slice(1)) {
    if (line.startsWith('@')) {
      checkCapability(line)
      continue
    }
    const prerequisite = PREREQUISITE.exec(line)?.[1]
    if (prerequisite !== undefined) {
      prerequisites.push(prerequisite)
      continue
    }
    const [, sha, name] = REF.exec(line) ?? []
    if (sha === undefined || name === undefined) {
      throw invalid(`its header has a line that git does not write: "${line.slice(0, 80)}"`)
    }
    refs.push({ name, sha })
  }
  return { prerequisites, refs, packStart: end + 2 }
}

/** A filtered bundle lacks objects that it promises; SHA-256 repositories are not on GitHub. */
function checkCapability(line: string): void {
  if (line !== '@object-format=sha1')
    throw invalid(`it asks for "${line.slice(1, 80)}", which we do not take`)
}

export function invalid(what: string, cause?: unknown): AppError {
  return new AppError('BUNDLE_INVALID', `taking in the run's bundle: ${what}`, { cause })
}
