/** Reads the error answers of the REST API for people. */

/** Docs: "Troubleshooting the REST API", validation failed: what the codes mean. */
const CODES: Readonly<Record<string, string>> = {
  missing: 'is not there',
  missing_field: 'is missing',
  invalid: 'is not valid',
  already_exists: 'exists already',
  unprocessable: 'cannot be processed'
}

/** `message`, and each of `errors` as a sentence. */
export function refusalIn(answer: Readonly<Record<string, unknown>>): {
  readonly message: string
  readonly details: readonly string[]
} {
  const { message, errors } = answer
  const details = Array.isArray(errors) ? errors.map(sentence) : []
  return { message: typeof message === 'string' ? message : 'Refused without a reason', details }
}

function sentence(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  const { resource, field, code, message } = { ...error } as Readonly<Record<string, unknown>>
  if (typeof message === 'string') return message
  const subject = [resource, field].filter(one => typeof one === 'string').join(': ')
  return `${subject} ${CODES[String(code)] ?? String(code)}`.trim()
}
