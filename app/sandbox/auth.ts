/** Tokens: the App's JWT, installation tokens, and tokens of people. */
import { randomBytes, verify } from 'node:crypto'
import type { Actor } from './actor.ts'
import { grantedTo, theApp, within } from './app.ts'
import { badCredentials, Refusal } from './refusal.ts'
import type { Access, Account, Installation } from './state.ts'
import { nextRecord, type World } from './world.ts'

const TOKEN_LIFE_MS = 3_600_000
/** Docs: "Generating a JSON Web Token (JWT) for a GitHub App": no more than 10 minutes. */
const JWT_LIFE_SECONDS = 600

/** Reads `Authorization`; nothing sent is anonymous, anything unknown is 401 Bad credentials. */
export function identify(world: World, header: string | undefined): Actor {
  if (header === undefined || header === '') return { kind: 'anonymous' }
  const [scheme = '', value = ''] = header.trim().split(/\s+/, 2)
  if (/^basic$/i.test(scheme)) return identifyToken(world, basicSecret(value))
  if (!/^(token|bearer)$/i.test(scheme)) throw badCredentials()
  if (/^eyJ[^.]*\.[^.]+\.[^.]+$/.test(value)) return identifyApp(world, value)
  return identifyToken(world, value)
}

/** `user:token`, or `token:x-oauth-basic` as git clients of old send it. */
function basicSecret(value: string): string {
  const [user = '', ...rest] = Buffer.from(value, 'base64').toString('utf8').split(':')
  const password = rest.join(':')
  return password === '' || password === 'x-oauth-basic' ? user : password
}

/** An expired or unknown token is refused with 401. */
function identifyToken(world: World, token: string): Actor {
  const found = world.state.tokens.get(token)
  if (found === undefined) throw badCredentials()
  if (found.kind === 'person') return { kind: 'person', account: found.account }
  if (found.expiresAt <= world.now().getTime()) throw badCredentials()
  if (found.installation.suspendedAt !== null) throw suspended()
  const app = theApp(world)
  return {
    kind: 'installation',
    account: app.bot,
    installation: found.installation,
    // A token never outlives a permission that the App has lost since.
    permissions: within(found.permissions, grantedTo(app, found.installation)),
    repositories: found.repositories,
    token
  }
}

/** Docs: "Suspending a GitHub App installation": it cannot use the API. */
export function suspended(): Refusal {
  return new Refusal(403, 'This installation has been suspended')
}

function identifyApp(world: World, jwt: string): Actor {
  const [head = '', payload = '', signature = ''] = jwt.split('.')
  const header = readPart(head)
  const claims = readPart(payload)
  const undecodable = new Refusal(401, 'A JSON web token could not be decoded')
  if (header === null || claims === null || header.alg !== 'RS256') throw undecodable
  const { app } = world
  if (app === null) throw new Refusal(401, 'Integration not found')
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${payload}`),
    app.publicKey,
    Buffer.from(signature, 'base64url')
  )
  if (!signed) throw undecodable
  if (String(claims.iss) !== String(app.id) && claims.iss !== app.clientId) {
    throw new Refusal(401, 'Integration not found')
  }
  checkTimes(claims, Math.floor(world.now().getTime() / 1000))
  return { kind: 'app' }
}

function checkTimes(claims: Record<string, unknown>, now: number): void {
  const { exp, iat } = claims
  if (typeof iat !== 'number' || iat > now) {
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
    )
  }
  if (typeof exp !== 'number' || exp <= now) {
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
    )
  }
  if (exp > now + JWT_LIFE_SECONDS) {
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
  }
}

function readPart(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    // Not JSON is not a token; the caller answers 401 for null.
    return null
  }
}

/** A personal token of the classic form: `ghp_` and 36 characters. */
export function issuePersonToken(world: Pick<World, 'state'>, account: Account): string {
  const token = `ghp_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`
  world.state.tokens.set(token, { kind: 'person', account })
  return token
}

interface TokenScope {
  readonly installation: Installation
  readonly permissions: Readonly<Record<string, Access>>
  readonly repositories: ReadonlySet<number> | null
}

/**
 * An installation token, valid for one hour. It has the longer form of 2026, `ghs_<app>_<JWT>`, so
 * that code which counts 40 characters fails here.
 */
export function issueInstallationToken(
  world: World,
  scope: TokenScope
): { readonly token: string; readonly expiresAt: Date } {
  const expiresAt = new Date(world.now().getTime() + TOKEN_LIFE_MS)
  const claims = {
    jti: nextRecord(world.state),
    exp: Math.floor(expiresAt.getTime() / 1000),
    installation: scope.installation.id
  }
  const opaque = [
    Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'JWT' })).toString('base64url'),
    Buffer.from(JSON.stringify(claims)).toString('base64url'),
    randomBytes(64).toString('base64url')
  ].join('.')
  const token = `ghs_${theApp(world).id}_${opaque}`
  world.state.tokens.set(token, {
    kind: 'installation',
    ...scope,
    expiresAt: expiresAt.getTime()
  })
  return { token, expiresAt }
}
