/** Takes secrets out of text before it is stored or shown: those we know, and what looks like one. */

const HIDDEN = '[secret]'

/**
 * Shapes of well-known credentials. GitHub's prefixes are followed by any length, because
 * installation tokens are no longer 40 characters (GitHub changelog, April 2026).
 */
const SHAPES: readonly RegExp[] = [
  /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9_.-]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g
]

/** `https://user:password@host` and `Authorization: Bearer …`: what surrounds the secret is kept. */
const SURROUNDED: ReadonlyArray<readonly [RegExp, string]> = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${HIDDEN}@`],
  [/(\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+)[^\s"']+/gi, `$1${HIDDEN}`],
  [/(\bbearer\s+)[A-Za-z0-9._~+/-]{20,}=*/gi, `$1${HIDDEN}`]
]

const SHORTEST = 8

/** A function that hides the given secrets, plain, in base64 and URL-encoded, and anything of a known shape. */
export function createRedact(secrets: readonly string[]): (text: string) => string {
  const known = secrets
    .filter(secret => secret.length >= SHORTEST)
    .flatMap(secret => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64').replace(/=+$/, '')
    ])
    .sort((left, right) => right.length - left.length)
  return text => {
    let clean = text
    for (const secret of known) clean = clean.replaceAll(secret, HIDDEN)
    for (const shape of SHAPES) clean = clean.replace(shape, HIDDEN)
    for (const [shape, kept] of SURROUNDED) clean = clean.replace(shape, kept)
    return clean
  }
}
