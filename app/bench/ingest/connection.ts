/** One keep-alive connection with one request at a time, as cheap as can be: its CPU is the machine's, too. */
import { createConnection, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'

export class Connection {
  readonly #socket: Socket
  #answer = ''
  #done: { resolve(status: number): void; reject(error: Error): void } | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay()
    socket.on('data', data => this.#read(data))
    socket.on('error', error => this.#done?.reject(error))
    socket.on('close', () => this.#done?.reject(new Error('the server closed the connection')))
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ port, host: '127.0.0.1' })
      socket.once('error', reject)
      socket.once('connect', () => resolve(new Connection(socket)))
    })
  }

  /** Resolves with the status when the whole answer is there. */
  request(head: string, body: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#done = { resolve, reject }
      this.#answer = ''
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      this.#socket.write(body)
      this.#socket.uncork()
    })
  }

  close(): void {
    this.#done = null
    this.#socket.destroy()
  }

  #read(data: Buffer): void {
    this.#answer += data.toString('latin1')
    if (!isWhole(this.#answer)) return
    const status = Number(this.#answer.slice(9, 12))
    const done = this.#done
    this.#done = null
    done?.resolve(status)
  }
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf(HEAD_END)
  if (end === -1) return false
  const head = answer.slice(0, end).toLowerCase()
  if (head.includes('transfer-encoding: chunked')) return answer.endsWith(LAST_CHUNK)
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? '0'
  return answer.length >= end + HEAD_END.length + Number(length)
}
