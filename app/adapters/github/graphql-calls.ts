/** What is special about calls of GraphQL, for the hooks that guard every call. */

export function isGraphql({ url }: { readonly url: string }): boolean {
  return url.endsWith('/graphql')
}

/** A query costs as much as a read although it is a POST. Docs: "Rate limits and query limits for the GraphQL API". */
export function isQuery(call: { readonly url: string; readonly query?: unknown }): boolean {
  return isGraphql(call) && !/^\s*mutation\b/.test(String(call.query))
}

/**
 * GraphQL may answer 200 and say in the body that a limit was reached (reliability 1.6): the error
 * that REST would have given, or null.
 */
export function limitIn(answer: {
  readonly data: unknown
  readonly headers: object
}): Error | null {
  const said = errorsOf(answer.data)
  const isLimit = said.some(
    one => one.type === 'RATE_LIMITED' || /secondary rate limit|abuse detection/i.test(one.message)
  )
  if (!isLimit) return null
  const message = said.map(one => one.message).join('; ')
  const response = { status: 403, headers: answer.headers, data: { message } }
  return Object.assign(new Error(message), { response })
}

export interface GraphqlProblem {
  /** GitHub's kind, such as NOT_FOUND or FORBIDDEN; '' when it names none. */
  readonly type: string
  readonly message: string
  /** Dots between the names of fields; '' for the whole query. */
  readonly path: string
}

/** The `errors` of an answer; none for any other body. */
export function errorsOf(data: unknown): readonly GraphqlProblem[] {
  if (typeof data !== 'object' || data === null || !('errors' in data)) return []
  const { errors } = data
  if (!Array.isArray(errors)) return []
  return errors.map((one: unknown) => {
    const fields = new Map(typeof one === 'object' && one !== null ? Object.entries(one) : [])
    const path: unknown = fields.get('path')
    return {
      type: String(fields.get('type') ?? ''),
      message: String(fields.get('message') ?? ''),
      path: Array.isArray(path) ? path.join('.') : ''
    }
  })
}
