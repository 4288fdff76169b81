/** Cuts output into lines, whatever the agent prints: binary, no line end, lines without end. */
import { StringDecoder } from 'node:string_decoder'

/** A line longer than this (in UTF-16 units) is kept up to here and marked as cut. */
const MOST_LINE = 1024 * 1024

export interface Line {
  readonly text: string
  readonly cut: boolean
}

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  #held = ''
  #cut = false

  /** The lines that this chunk completes, without their line ends. */
  push(chunk: Buffer): readonly Line[] {
    return this.#split(this.#decoder.write(chunk))
  }

  /** What is left when the output has ended without a line end. */
  end(): readonly Line[] {
    const lines = [...this.#split(this.#decoder.end())]
    if (this.#held !== '') lines.push(this.#take(''))
    return lines
  }

  #split(text: string): readonly Line[] {
    const parts = text.split('\n')
    const rest = parts.pop() ?? ''
    const lines = parts.map(part => this.#take(part))
    this.#hold(rest)
    return lines
  }

  #hold(part: string): void {
    const room = MOST_LINE - this.#held.length
    if (part.length > room) this.#cut = true
    this.#held += part.slice(0, Math.max(room, 0))
  }

  #take(part: string): Line {
    this.#hold(part)
    const line = { text: this.#held.replace(/\r$/, ''), cut: this.#cut }
    this.#held = ''
    this.#cut = false
    return line
  }
}

/** The last lines that were printed, at most `mostBytes` of UTF-8. */
export class Tail {
  readonly #mostBytes: number
  #text = ''

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  add(line: string): void {
    this.#text = `${this.#text}${line}\n`.slice(-this.#mostBytes)
  }

  /** Starts with a whole line where that leaves anything. */
  get text(): string {
    const bytes = Buffer.from(this.#text)
    if (bytes.length <= this.#mostBytes) return this.#text.trimEnd()
    const text = bytes.subarray(-this.#mostBytes).toString()
    const start = text.indexOf('\n') + 1
    return text.slice(start < text.length ? start : 0).trimEnd()
  }
}
