/** `app.yml` with the reason of each permission and event, which stands in the comment above it. */
import { readFileSync } from 'node:fs'
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { z } from 'zod'
import type { AppManifest } from '#app/core/app-manifest.ts'

const FILE = new URL('../../app.yml', import.meta.url)

/** Docs: "Registering a GitHub App from a manifest", parameters. */
const Manifest = z.strictObject({
  name: z.string(),
  url: z.url(),
  public: z.literal(false),
  hook_attributes: z.strictObject({ url: z.url(), active: z.literal(true) }),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
  default_events: z.array(z.string())
})

/** Reads the file that is shipped with the program. A reason is '' where no comment stands. */
export function readAppManifest(): AppManifest {
  const document = parseDocument(readFileSync(FILE, 'utf8'))
  const { url, default_permissions, default_events } = Manifest.parse(document.toJS())
  const permissions = document.get('default_permissions')
  const events = document.get('default_events')
  const keys = isMap(permissions) ? permissions.items.map(item => item.key) : []
  const names = isSeq(events) ? events.items : []
  const whyPermission = reasons(keys, isMap(permissions) ? permissions.commentBefore : null)
  const whyEvent = reasons(names, isSeq(events) ? events.commentBefore : null)
  return {
    url,
    permissions: Object.entries(default_permissions).map(([name, access]) => ({
      name,
      access,
      reason: whyPermission.get(name) ?? ''
    })),
    events: default_events.map(name => ({ name, reason: whyEvent.get(name) ?? '' }))
  }
}

/** The comment above each entry; that of the first one hangs on the whole list. */
function reasons(
  entries: readonly unknown[],
  first: string | null | undefined
): ReadonlyMap<string, string> {
  return new Map(
    entries.filter(isScalar).map((entry, index) => {
      const comments = [index === 0 ? first : null, entry.commentBefore]
      const lines = comments.flatMap(text => (text == null ? [] : text.split('\n')))
      return [String(entry.value), lines.map(line => line.trim()).join(' ')]
    })
  )
}
