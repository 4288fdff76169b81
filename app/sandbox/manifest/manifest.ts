/** Reads an App manifest as GitHub does. Docs: "Registering a GitHub App from a manifest". */
import type { AppSettings } from '#app/sandbox/app.ts'
import { isKnownEvent, supportedEvents } from '#app/sandbox/events.ts'
import type { Access } from '#app/sandbox/state.ts'
import { PERMISSIONS } from './permissions.ts'

export interface Manifest extends AppSettings {
  /** null: the App gets no webhook. */
  readonly hook: { readonly url: string; readonly active: boolean } | null
  /** Where the browser goes with the code; null: to the App's settings. */
  readonly redirectUrl: string | null
}

/** Docs: "Registering a GitHub App": a name has at most 34 characters. */
const LONGEST_NAME = 34

export type ReadManifest =
  | { readonly manifest: Manifest; readonly errors: null }
  | { readonly manifest: null; readonly errors: readonly string[] }

/** `name` as the person changed it on the page; undefined takes the manifest's. */
export function readManifest(text: string, name?: string): ReadManifest {
  const source = parse(text)
  if (source === null) return { manifest: null, errors: ['The manifest is not a JSON object'] }
  const errors: string[] = []
  const say = (problem: string): void => {
    errors.push(problem)
  }
  const hook = recordOf(source.hook_attributes)
  const permissions = readPermissions(recordOf(source.default_permissions) ?? {}, say)
  const manifest: Manifest = {
    name: readName(name ?? textOf(source.name), say),
    description: textOf(source.description) ?? null,
    externalUrl: readUrl(source.url, 'Url', say) ?? '',
    setupUrl: readUrl(source.setup_url ?? null, 'Setup url', say),
    redirectUrl: readUrl(source.redirect_url ?? null, 'Redirect url', say),
    public: source.public === true,
    hook:
      hook === null
        ? null
        : { url: readUrl(hook.url, 'Hook url', say) ?? '', active: hook.active !== false },
    permissions,
    events: readEvents(source.default_events ?? [], permissions, say)
  }
  return errors.length === 0 ? { manifest, errors: null } : { manifest: null, errors }
}

type Say = (problem: string) => void

/** A name may wait for the page, but what is there must fit. */
function readName(name: string | undefined, say: Say): string {
  const trimmed = (name ?? '').trim()
  if (trimmed.length > LONGEST_NAME) {
    say(`Name is too long (maximum is ${LONGEST_NAME} characters)`)
  }
  return trimmed
}

/** null stands for "not given"; what is given must be an address of the web. */
function readUrl(value: unknown, what: string, say: Say): string | null {
  if (value === null) return null
  const url = textOf(value)
  if (url === undefined || url === '') say(`${what} can't be blank`)
  else if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    say(`${what} must be a valid URL`)
  }
  return url ?? null
}

function readPermissions(
  asked: Readonly<Record<string, unknown>>,
  say: Say
): Readonly<Record<string, Access>> {
  const result: Record<string, Access> = { metadata: 'read' }
  for (const [name, access] of Object.entries(asked)) {
    if (!PERMISSIONS.includes(name)) {
      say(`Default permission records resource is not included in the list: ${name}`)
    } else if (access !== 'read' && access !== 'write') {
      say(`Default permission records action is not included in the list: ${name}`)
    } else {
      result[name] = access
    }
  }
  return result
}

function readEvents(
  asked: unknown,
  permissions: Readonly<Record<string, Access>>,
  say: Say
): readonly string[] {
  if (!Array.isArray(asked) || asked.some(event => typeof event !== 'string')) {
    say('Default events must be a list of names')
    return []
  }
  const events: readonly string[] = asked
  const strange = events.filter(event => !isKnownEvent(event))
  const supported = supportedEvents(events, permissions)
  const bare = events.filter(event => isKnownEvent(event) && !supported.includes(event))
  if (strange.length > 0) say(`Default events unsupported: ${strange.join(', ')}`)
  if (bare.length > 0) say(`Default events are not supported by permissions: ${bare.join(', ')}`)
  return events
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return recordOf(JSON.parse(text))
  } catch {
    // Not JSON; the caller says so to the person.
    return null
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return { ...value }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
