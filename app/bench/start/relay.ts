/** Stands between GitHub and the app: knows when a label's delivery was sent, and can hold many back to send them at once. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Relay {
  readonly url: string
  /** Milliseconds since 1970 at which the delivery of this issue's label left for the app. */
  readonly sentAt: ReadonlyMap<number, number>
  /** Keeps labels back from now on; everything else passes. */
  hold(): void
  /** Sends what was held, all at the same moment. Answers how many; throws when one was not taken. */
  release(): Promise<number>
  close(): Promise<void>
}

interface Post {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Set for a label that was put on an issue. */
  readonly issue: number | null
}

/** `target`: the app's webhook; `label`: the trigger whose deliveries are timed. */
export async function startRelay(target: string, label: string): Promise<Relay> {
  const sentAt = new Map<number, number>()
  let held: Post[] | null = null

  async function pass({ headers, body, issue }: Post): Promise<number> {
    const own = Object.entries(headers).filter(([name]) => /^(x-|content-type$|user-)/.test(name))
    if (issue !== null) sentAt.set(issue, performance.timeOrigin + performance.now())
    const answer = await fetch(target, {
      method: 'POST',
      headers: own.map(([name, value]): [string, string] => [name, String(value)]),
      body: new Uint8Array(body)
    })
    await answer.arrayBuffer()
    if (issue !== null && !answer.ok) {
      throw new Error(`the app answered ${answer.status} to the label of issue ${issue}`)
    }
    return answer.status
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const post = { headers: request.headers, body, issue: labelled(body, label) }
    if (held !== null && post.issue !== null) {
      held.push(post)
      response.writeHead(202).end()
      return
    }
    // GitHub's log shows 502 for an app that is gone; the wait for the agent then says so.
    const status = await pass(post).catch(() => 502)
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sentAt,
    hold() {
      held ??= []
    },
    async release() {
      const posts = held ?? []
      held = null
      await Promise.all(posts.map(pass))
      return posts.length
    },
    async close() {
      server.close()
      server.closeAllConnections()
    }
  }
}

/** The issue's number when this is `issues.labeled` with the trigger. */
function labelled(body: Buffer, label: string): number | null {
  const payload = JSON.parse(body.toString()) as {
    readonly action?: string
    readonly label?: { readonly name?: string }
    readonly issue?: { readonly number: number }
  }
  if (payload.action !== 'labeled' || payload.label?.name !== label) return null
  return payload.issue?.number ?? null
}
