/** The log of one attempt: kept on the runner's disk, sent in numbered pieces, read by whoever looks. */
import { closeSync, createReadStream, existsSync, openSync, readSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { LogChunk } from '#app/core/attempt.ts'
import { describe } from './failure.ts'

/** Largest piece in bytes, and how long a shorter one may wait for more, in milliseconds. */
export const CHUNK_BYTES = 64 * 1024
const CHUNK_MS = 250

interface Piece {
  readonly at: string
  readonly offset: number
  readonly bytes: number
  /** Set when the disk would not take it. */
  readonly text: string | null
}

export interface LogSpoolOptions {
  readonly file: string
  /** The log is cut after so many bytes, with one line that says so. */
  readonly capBytes: number
  /** Delivers a piece; answers the number the app expects next. Retries are its own business. */
  readonly send: (chunk: LogChunk) => Promise<number>
  /** The number the app expects first: 1, unless an earlier runner of this attempt has sent some. */
  readonly first: () => Promise<number>
}

export class LogSpool {
  readonly #options: LogSpoolOptions
  readonly #fd: number
  readonly #pieces: Piece[] = []
  readonly #watchers = new Set<() => void>()
  #capBytes: number
  #bytes = 0
  #pendingBytes = 0
  #timer: NodeJS.Timeout | null = null
  #sealed = false
  #closed = false
  #sending: Promise<void> | null = null
  #firstSeq: number | null = null
  #sent = 0
  #failure: unknown = null

  constructor(options: LogSpoolOptions) {
    this.#options = options
    this.#capBytes = options.capBytes
    this.#fd = openSync(options.file, 'w+', 0o600)
  }

  /** Only ever makes the cap smaller: the app's limit arrives with the claim. */
  limit(bytes: number): void {
    this.#capBytes = Math.min(this.#capBytes, bytes)
  }

  /** Adds text; false when the log has reached its cap and the text is not kept. */
  append(text: string): boolean {
    if (this.#sealed || this.#closed) return false
    const room = this.#capBytes - this.#bytes
    const bytes = Buffer.from(text)
    if (bytes.length <= room) {
      this.#write(bytes)
      return true
    }
    this.#write(bytes.subarray(0, wholeCharacters(bytes, room)))
    this.#seal(`log cap reached: ${this.#capBytes} bytes are kept, the rest of the output is not`)
    return false
  }

  /** Resolves when the app has every piece; throws what `send` threw. */
  async drain(): Promise<void> {
    this.#cut()
    for (;;) {
      await this.#sending
      if (this.#failure !== null) throw this.#failure
      if (this.#sent >= this.#pieces.length) return
      this.#wake()
    }
  }

  /** No more text will come: readers end once they have everything. Sending goes on. */
  close(): void {
    if (this.#closed) return
    this.#cut()
    this.#closed = true
    this.#notify()
  }

  /** Releases the file; call it after the last drain. */
  dispose(): void {
    this.close()
    this.#failure ??= new Error('the log is closed')
    closeSync(this.#fd)
  }

  /** Raw text from the start, then as it comes, until the log is closed or the signal aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<Buffer> {
    let offset = 0
    while (!signal.aborted) {
      const end = this.#bytes
      if (offset < end) {
        yield* createReadStream(this.#options.file, { start: offset, end: end - 1 })
        offset = end
      } else if (this.#closed) return
      else await this.#change(signal)
    }
  }

  #write(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; ) {
      const room = CHUNK_BYTES - this.#pendingBytes
      const part = bytes.subarray(start, start + wholeCharacters(bytes.subarray(start), room))
      if (part.length > 0 && !this.#store(part)) return
      start += part.length
      if (start < bytes.length) this.#cut()
    }
    if (this.#pendingBytes > 0) this.#timer ??= setTimeout(() => this.#cut(), CHUNK_MS)
    this.#notify()
  }

  #store(part: Buffer): boolean {
    try {
      for (let done = 0; done < part.length; ) {
        done += writeSync(this.#fd, part, done, part.length - done, this.#bytes + done)
      }
    } catch (error) {
      this.#cut()
      this.#sealed = true
      this.#push({ offset: 0, bytes: 0, text: `the log ends here: ${describe(error)}\n` })
      return false
    }
    this.#bytes += part.length
    this.#pendingBytes += part.length
    return true
  }

  #seal(reason: string): void {
    this.#write(Buffer.from(`\n${reason}\n`))
    this.#sealed = true
    this.#cut()
  }

  #cut(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#pendingBytes === 0) return
    const bytes = this.#pendingBytes
    this.#pendingBytes = 0
    this.#push({ offset: this.#bytes - bytes, bytes, text: null })
  }

  #push(piece: Omit<Piece, 'at'>): void {
    this.#pieces.push({ at: new Date().toISOString(), ...piece })
    this.#wake()
  }

  #wake(): void {
    if (this.#sending !== null || this.#failure !== null) return
    this.#sending = this.#sendAll()
      .catch(error => {
        this.#failure = error
      })
      .finally(() => {
        this.#sending = null
      })
  }

  async #sendAll(): Promise<void> {
    this.#firstSeq ??= await this.#options.first()
    const first = this.#firstSeq
    while (this.#failure === null) {
      const piece = this.#pieces[this.#sent]
      if (piece === undefined) return
      const seq = first + this.#sent
      const next = await this.#options.send({ seq, at: piece.at, text: this.#textOf(piece) })
      // A number below ours means the app lost pieces we still have; one above, that it has this one.
      const index = Math.min(Math.max(next - first, 0), this.#pieces.length)
      if (index <= this.#sent) await delay(CHUNK_MS)
      this.#sent = index
    }
  }

  #textOf(piece: Piece): string {
    if (piece.text !== null) return piece.text
    const bytes = Buffer.alloc(piece.bytes)
    readSync(this.#fd, bytes, 0, piece.bytes, piece.offset)
    return bytes.toString()
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        this.#watchers.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#watchers.add(done)
      signal.addEventListener('abort', done)
    })
  }
}

/** The log that an earlier host left on the disk; empty when there is none. */
export async function* readLeftLog(file: string): AsyncGenerator<Buffer> {
  if (existsSync(file)) yield* createReadStream(file)
}

/** How many of the first `limit` bytes end on a whole UTF-8 character; at least one character. */
function wholeCharacters(bytes: Buffer, limit: number): number {
  if (bytes.length <= limit) return bytes.length
  let end = Math.max(limit, 0)
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return end
}
