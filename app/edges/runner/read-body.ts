import { z } from 'zod'
import { AppError } from '#app/core/errors.ts'

/** The whole body, at most `limit` bytes, else TOO_LARGE. */
export async function readBytes(request: Request, limit: number): Promise<Buffer> {
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > limit)
    throw new AppError('TOO_LARGE', `reading a body of ${announced} bytes; the limit is ${limit}`)
  if (request.body === null) return Buffer.alloc(0)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > limit) throw new AppError('TOO_LARGE', `reading a body of more than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

/** A JSON body by its schema, else INVALID_ARGUMENT that names the fields. */
export async function readJson<T>(
  request: Request,
  schema: z.ZodType<T>,
  limit: number
): Promise<T> {
  const bytes = await readBytes(request, limit)
  let document: unknown
  try {
    document = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new AppError('INVALID_ARGUMENT', 'reading a JSON body', { cause })
  }
  const read = schema.safeParse(document)
  if (!read.success)
    throw new AppError('INVALID_ARGUMENT', `reading a body: ${z.prettifyError(read.error)}`)
  return read.data
}
