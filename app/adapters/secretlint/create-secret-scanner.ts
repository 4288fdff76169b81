/** Secret scan of what an agent hands back: secretlint with its recommended rules (decisions 38). */
import { setImmediate } from 'node:timers/promises'
import { lintSource } from '@secretlint/core'
import { rules } from '@secretlint/secretlint-rule-preset-recommend'
import type { SecretFinding, SecretScanner } from '#app/ports/gate.ts'

/** Longer texts are not scanned but reported, so that nothing passes unseen. In UTF-16 units. */
const TEXT_LIMIT = 5_000_000

/** An agent's own comment must not switch the scan off: `secretlint-disable` is not obeyed. */
const NOT_OBEYED = '@secretlint/secretlint-rule-filter-comments'

/** Key ids of AWS are looked for too; account numbers are no secret and look like many numbers. */
const AWS = { options: { enableIDScanRule: true }, allowMessageIds: ['AWSAccountID'] }

/** The preset's rules one by one, because a preset does not let a rule be left out. */
const CONFIG = {
  rules: rules
    .filter(rule => rule.meta.id !== NOT_OBEYED)
    .map(rule => {
      const { id } = rule.meta
      return { id, rule, ...(id === '@secretlint/secretlint-rule-aws' ? AWS : {}) }
    })
}

/** Findings name file, line and rule, never the secret. A text that is too long is `unscannable`. */
export function createSecretScanner(): SecretScanner {
  return {
    async scan(files) {
      const findings: SecretFinding[] = []
      for (const file of files) {
        findings.push(...(await scanFile(file)))
        // The rules run without a pause; heartbeats and answers must get their turn between files.
        await setImmediate()
      }
      return findings
    }
  }
}

async function scanFile(file: {
  readonly path: string
  readonly text: string
}): Promise<readonly SecretFinding[]> {
  const { path, text } = file
  if (text.length > TEXT_LIMIT) return [{ path, line: 1, rule: 'unscannable' }]
  const { messages } = await lintSource({
    source: { content: text, filePath: path, ext: extensionOf(path), contentType: 'text' },
    options: { config: CONFIG, maskSecrets: true, noPhysicFilePath: true }
  })
  const seen = new Set<string>()
  return messages.flatMap(({ loc, messageId, ruleId }) => {
    const rule = `${ruleId.replace(/^@secretlint\/secretlint-rule-/, '')}: ${messageId}`
    const key = `${loc.start.line} ${rule}`
    if (seen.has(key)) return []
    seen.add(key)
    return [{ path, line: loc.start.line, rule }]
  })
}

/** `.ts` of `src/a.ts`; empty without one. */
function extensionOf(path: string): string {
  return /\.[^./]+$/.exec(path)?.[0] ?? ''
}
