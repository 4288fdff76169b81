/** The token that an App signs for itself. Docs: "Generating a JSON Web Token (JWT) for a GitHub App". */
import { createSign } from 'node:crypto'

/** Valid from half a minute ago for nine and a half; `claims` replace or add single ones. */
export function appJwt(
  { id, privateKey }: { readonly id: number; readonly privateKey: string },
  options: { readonly now?: Date; readonly claims?: Readonly<Record<string, unknown>> } = {}
): string {
  const { now = new Date(), claims = {} } = options
  const seconds = Math.floor(now.getTime() / 1000)
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const payload = { iat: seconds - 30, exp: seconds + 540, iss: id, ...claims }
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(payload)}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`
}
