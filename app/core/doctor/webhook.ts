import { type Finding, fail, ok, warn } from './finding.ts'
import { type AppFacts, settingsPage } from './github-app.ts'

/** The App's webhook as GitHub has it (`GET /app/hook/config`). */
export interface HookFacts {
  readonly url: string | null
  readonly contentType: string | null
  /** `1` when GitHub does not check our certificate. */
  readonly insecureSsl: string
  readonly hasSecret: boolean
}

/** One attempt in GitHub's own delivery log, newest first. */
export interface LoggedAttempt {
  readonly event: string
  readonly deliveredAt: string
  /** HTTP status of our answer; 0 when there was none. */
  readonly statusCode: number
  /** GitHub's words, for example `OK`, `Invalid HTTP Response: 401`, `failed to connect to host`. */
  readonly status: string
}

interface WebhookInput {
  readonly hook: HookFacts
  readonly attempts: readonly LoggedAttempt[]
  readonly app: AppFacts
  readonly webUrl: string
  /** Path of our webhook route. */
  readonly path: string
  /** Where GitHub reaches us, as configured; null when it is not said. */
  readonly publicUrl: string | null
  /** Webhooks come through a proxy channel (WEBHOOK_PROXY_URL). */
  readonly proxyUrl: string | null
}

/** Is the address ours and reachable, and the secret right? GitHub's delivery log is the witness. */
export function webhookFindings(input: WebhookInput): readonly Finding[] {
  const { hook } = input
  const page = settingsPage(input.webUrl, input.app)
  const findings = [address(input, page)]
  findings.push(
    hook.contentType === 'json'
      ? ok('webhook.contentType', 'application/json')
      : fail(
          'webhook.contentType',
          `is ${hook.contentType ?? 'not set'}`,
          'set the content type to application/json',
          page
        )
  )
  findings.push(
    hook.insecureSsl === '0'
      ? ok('webhook.certificate', 'GitHub checks it')
      : warn('webhook.certificate', 'GitHub does not check it', 'enable SSL verification', page)
  )
  findings.push(
    hook.hasSecret
      ? ok('webhook.secret', 'set on GitHub')
      : fail(
          'webhook.secret',
          'is not set on GitHub, so every delivery is refused',
          'put the value of STAGEWRIGHT_WEBHOOK_SECRET there',
          page
        )
  )
  if (hook.url !== null && hook.hasSecret) findings.push(log(input))
  return findings
}

function address({ hook, path, publicUrl, proxyUrl }: WebhookInput, page: string): Finding {
  const check = 'webhook.url'
  const wanted = proxyUrl ?? (publicUrl === null ? null : `${publicUrl}${path}`)
  if (hook.url === null || hook.url === '') {
    return fail(
      check,
      'is not set',
      `set the webhook URL to ${wanted ?? `https://YOUR-HOST${path}`}`,
      page
    )
  }
  if (wanted === null) {
    if (hook.url.endsWith(path)) return ok(check, hook.url)
    return fail(
      check,
      `is ${hook.url}, which does not end with ${path}`,
      `correct its path to ${path}`,
      page
    )
  }
  if (hook.url === wanted) return ok(check, hook.url)
  const from = proxyUrl === null ? 'STAGEWRIGHT_PUBLIC_URL' : 'WEBHOOK_PROXY_URL'
  return fail(check, `is ${hook.url}, and ${from} says ${wanted}`, 'correct one of the two', page)
}

function log({ attempts, app, webUrl }: WebhookInput): Finding {
  const check = 'webhook.deliveries'
  const page = settingsPage(webUrl, app, '/advanced')
  const [last] = attempts
  if (last === undefined) {
    const what = 'GitHub has sent nothing in the last three days'
    return warn(check, what, 'put a label on an issue, and look again', page)
  }
  const when = `${last.event} at ${last.deliveredAt}`
  if (last.statusCode >= 200 && last.statusCode < 300) {
    const failed = attempts.filter(one => one.statusCode < 200 || one.statusCode >= 300).length
    if (failed === 0) return ok(check, `the last ${attempts.length} were taken`)
    const what = `the last was taken (${when}); ${failed} of the last ${attempts.length} attempts were not`
    return ok(check, `${what}, and what is missing is asked for again`)
  }
  if (last.statusCode === 401) {
    const what = `we refused the last one for its signature (${when})`
    const fix = 'make STAGEWRIGHT_WEBHOOK_SECRET and the secret in the App’s settings the same'
    return fail(check, what, fix, settingsPage(webUrl, app))
  }
  if (last.statusCode === 0) {
    const fix =
      'make the address reachable from GitHub: DNS, firewall, proxy, and is the server up?'
    return fail(check, `GitHub got no answer: ${last.status} (${when})`, fix, page)
  }
  const what = `the last was answered ${last.statusCode} (${when})`
  return fail(check, what, 'look at this delivery’s response on GitHub, and at our log', page)
}
