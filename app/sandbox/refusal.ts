/** GitHub's way to say no, thrown by handlers and turned into an answer in one place. */

interface ErrorDetail {
  readonly resource?: string
  readonly field?: string
  readonly code?: string
  readonly message?: string
}

/** A REST answer that is an error: `{ message, errors?, documentation_url, status }`. */
export class Refusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 415 | 422
  readonly errors: readonly (ErrorDetail | string)[] | null
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: Refusal['status'],
    message: string,
    more: {
      readonly errors?: readonly (ErrorDetail | string)[]
      readonly headers?: Readonly<Record<string, string>>
    } = {}
  ) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.errors = more.errors ?? null
    this.headers = more.headers ?? {}
  }
}

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found')
}

export function badCredentials(): Refusal {
  return new Refusal(401, 'Bad credentials')
}

/** 422 with a list of details, as GitHub answers a rule that is about the content. */
export function validationFailed(...errors: readonly (ErrorDetail | string)[]): Refusal {
  return new Refusal(422, 'Validation Failed', { errors })
}

/** 422 of GitHub's schema check: a parameter is missing, of another type, or out of its limits. */
export function invalidRequest(what: string): Refusal {
  return new Refusal(422, `Invalid request.\n\n${what}`)
}
