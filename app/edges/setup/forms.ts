/** What people write into the forms, parsed once. An error says what to write instead. */
import { type GitHubPlace, placeOf, type SetUpPlan } from '#app/core/set-up.ts'
import type { Draft, SetUpParts } from './parts.ts'

/** A form as it came: one text a field, '' for what is not there. */
export type Fields = Readonly<Record<string, string>>
export type Errors = Readonly<Record<string, string>>
type Read<T> = { readonly value: T } | { readonly errors: Errors }

export function isRead<T>(read: Read<T>): read is { readonly value: T } {
  return 'value' in read
}

const text = (fields: Fields, name: string): string => (fields[name] ?? '').trim()

/** Step 1. Both addresses end without a slash. */
export function readAddress(
  fields: Fields,
  given: SetUpParts['given']
): Read<Pick<Draft, 'github' | 'server'>> {
  const errors: Record<string, string> = {}
  const own = text(fields, 'github') === 'server'
  const written = own ? addressOf(text(fields, 'githubUrl')) : null
  if (given.github === null && own && written === null) {
    errors.githubUrl = 'Write the address of your GitHub, like https://github.example.com'
  }
  const github = given.github ?? (written === null ? null : placeOf(written))
  const server = readServer(fields, github, errors)
  if (server === null || Object.keys(errors).length > 0) return { errors }
  return { value: { github: given.github === null ? github : null, server } }
}

function readServer(
  fields: Fields,
  github: GitHubPlace | null,
  errors: Record<string, string>
): SetUpPlan['server'] | null {
  if (text(fields, 'server') === 'tunnel') {
    const url = addressOf(text(fields, 'channelUrl'), { withPath: true })
    if (url !== null) return { kind: 'tunnel', url }
    errors.channelUrl = 'Write the address of a channel, like https://smee.io/AbCdEfGh123'
    return null
  }
  const url = addressOf(text(fields, 'publicUrl'), { withPath: true })
  if (url === null) {
    errors.publicUrl = 'Write the address that GitHub reaches, like https://stagewright.example.com'
    return null
  }
  // The cloud sends deliveries over the open internet; a GitHub in one's own house may not.
  const overInternet = github === null || new URL(github.webUrl).hostname.endsWith('.ghe.com')
  if (overInternet && !url.startsWith('https:')) {
    errors.publicUrl = 'Deliveries come over the internet: the address must begin with https://'
    return null
  }
  return { kind: 'public', url }
}

/** An http address without credentials, query and fragment, or null. */
function addressOf(written: string, options: { readonly withPath?: true } = {}): string | null {
  const url = URL.parse(/^https?:\/\//i.test(written) ? written : `https://${written}`)
  if (url === null || written === '' || url.username !== '' || url.password !== '') return null
  if (url.search !== '' || url.hash !== '') return null
  if (options.withPath !== true) return url.pathname === '/' ? url.origin : null
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** Step 2. Docs: "Registering a GitHub App": a name has at most 34 characters. */
export function readAccount(fields: Fields): Read<Pick<Draft, 'organization' | 'name'>> {
  const errors: Record<string, string> = {}
  const name = text(fields, 'name')
  const organization =
    text(fields, 'owner') === 'organization' ? text(fields, 'organization') : null
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,33}$/.test(name)) {
    errors.name = 'Use at most 34 letters, digits, spaces, dots and dashes'
  } else if (/^(github|gist)/i.test(name)) {
    errors.name = 'GitHub takes no name that begins with "GitHub" or "Gist"'
  }
  if (
    organization !== null &&
    !/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?$/.test(organization)
  ) {
    errors.organization = "Write the organization's name as it stands in its address"
  }
  return Object.keys(errors).length > 0 ? { errors } : { value: { organization, name } }
}

/** Step 3. A key that was given before is kept when the field is left empty. */
export async function readAgent(
  fields: Fields,
  parts: Pick<SetUpParts, 'given' | 'lookForAgent'>,
  before: Draft['agent']
): Promise<Read<Pick<Draft, 'agent' | 'allowUnisolated'>>> {
  const errors: Record<string, string> = {}
  const allowUnisolated = text(fields, 'allowUnisolated') === 'yes'
  if (!parts.given.isolated && !allowUnisolated) {
    errors.allowUnisolated = 'Tick this, or stop here and start as root'
  }
  const name = text(fields, 'agent')
  const agent =
    name === 'codex' || name === 'claude'
      ? await readModelAgent(name, text(fields, `${name}Key`), { parts, before, errors })
      : await readCommand(fields, parts, errors)
  if (agent === null || Object.keys(errors).length > 0) return { errors }
  return { value: { agent, allowUnisolated: !parts.given.isolated && allowUnisolated } }
}

async function readModelAgent(
  name: 'codex' | 'claude',
  written: string,
  place: {
    readonly parts: Pick<SetUpParts, 'given' | 'lookForAgent'>
    readonly before: Draft['agent']
    readonly errors: Record<string, string>
  }
): Promise<Draft['agent']> {
  const { parts, before, errors } = place
  const look = await parts.lookForAgent(name, [name])
  if (look.kind === 'absent') {
    errors.agent = `${name} was not found on this machine: install it, then choose it again`
  } else if (look.kind === 'refused') {
    errors.agent = `A run cannot work with this ${name}: mend what is named below it, then choose it again`
  }
  const folder = look.kind === 'found' ? look.folder : null
  if (parts.given.modelKeys[name]) return { name, key: null, folder }
  const kept = before?.name === name ? before.key : null
  const key = written === '' ? kept : written
  if (key === null || !/^[\x21-\x7e]{8,500}$/.test(key)) {
    errors[`${name}Key`] = 'Paste the API key; it has no spaces'
    return null
  }
  return { name, key, folder }
}

async function readCommand(
  fields: Fields,
  parts: Pick<SetUpParts, 'lookForAgent'>,
  errors: Record<string, string>
): Promise<Draft['agent']> {
  const command = text(fields, 'command')
    .split('\n')
    .map(word => word.trim())
    .filter(word => word !== '')
  const [program] = command
  if (program === undefined) {
    errors.command = 'Write the program, and each of its arguments on a line of its own'
    return null
  }
  const look = await parts.lookForAgent('command', command)
  if (look.kind === 'found') return { name: 'command', command, folder: look.folder }
  errors.command =
    look.kind === 'refused'
      ? look.why
      : `${program} is no program on this machine: write its whole path, or one that is in PATH`
  return null
}
