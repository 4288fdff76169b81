/** From GitHub's refusals to our catalogue, each with what to do about it. */
import { AppError } from '#app/core/errors.ts'
import type { RequestFailure } from './request-failure.ts'

/**
 * `call` is what we did, such as `GET /repos/o/r/issues/5`. Rate limits are told apart before.
 * 401 and 403: GITHUB_REFUSED with a hint; 404 and 410: NOT_FOUND; 5xx and no answer:
 * GITHUB_UNAVAILABLE; the rest: GITHUB_REFUSED with GitHub's own words. `fields.status` is GitHub's.
 */
export function refusal(call: string, failure: RequestFailure): AppError {
  const { status, messages, cause } = failure
  const said = messages.join('; ')
  const fields = { call, status, ...(said === '' ? {} : { said }) }
  if (status === null) {
    const message = `calling GitHub (${call}): no answer (${cause.message})`
    return new AppError('GITHUB_UNAVAILABLE', message, { cause, fields })
  }
  const message = `calling GitHub (${call}): it answered ${status}${said === '' ? '' : `, ${said}`}`
  if (status >= 500) return new AppError('GITHUB_UNAVAILABLE', message, { cause, fields })
  if (status === 404 || status === 410) return new AppError('NOT_FOUND', message, { cause, fields })
  const hint = hintFor(failure, said)
  return new AppError('GITHUB_REFUSED', hint === null ? message : `${message}; ${hint}`, {
    cause,
    fields: hint === null ? fields : { ...fields, hint }
  })
}

function hintFor(failure: RequestFailure, said: string): string | null {
  if (failure.status === 401) {
    return /json web token|integration not found|claim/i.test(said)
      ? 'check that the App id and its private key belong together, and the clock of this machine'
      : 'the App may be suspended or its key revoked: look at its settings on GitHub'
  }
  if (/suspended/i.test(said)) {
    return 'the installation is suspended: unsuspend it in the settings of its account on GitHub'
  }
  if (/permissions requested are not granted/i.test(said)) return GRANT
  if (failure.status === 403 && /not accessible by integration/i.test(said)) {
    const needed = failure.headers['x-accepted-github-permissions']
    return needed === undefined
      ? GRANT
      : `the App needs the permission ${readable(needed)}; ${GRANT}`
  }
  return null
}

const GRANT =
  "compare the App's permissions with app.yml, and let the installation's owner accept them on GitHub"

/** `issues=write; pull_requests=write` are alternatives, `contents=write,workflows=write` go together. */
function readable(needed: string): string {
  return needed
    .split(';')
    .map(one => one.trim().replaceAll('=', ': ').replaceAll(',', ' and '))
    .join(' or ')
}
