/** How an answer leaves: whole, as a stream, broken off, or as an error. */
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { StreamEvent, WireError } from './answered.ts'
import type { Failure } from './failures.ts'

export function sendStream(response: ServerResponse, events: readonly StreamEvent[]): void {
  openStream(response)
  for (const event of events) response.write(lines(event))
  response.end()
}

/** Sends the events that come before the break, then cuts the connection or says no more. */
export async function breakOff(
  response: ServerResponse,
  failure: Failure,
  events: readonly StreamEvent[]
): Promise<void> {
  const after = 'afterEvents' in failure ? failure.afterEvents : undefined
  if (after !== undefined && events.length > 0) {
    openStream(response)
    for (const event of events.slice(0, after)) response.write(lines(event))
    // What was written must be on its way before the connection is cut.
    await new Promise<void>(resolve => void response.write(': \n\n', () => resolve()))
  }
  if (failure.kind === 'silence') await left(response, failure.ms)
  response.destroy()
}

function left(response: ServerResponse, ms: number | undefined): Promise<unknown> {
  const gone = new Promise<void>(resolve => response.once('close', () => resolve()))
  return ms === undefined ? gone : Promise.race([gone, delay(ms, undefined, { ref: false })])
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
}

function lines({ event, data }: StreamEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export function sendError(response: ServerResponse, { status, headers, body }: WireError): void {
  sendJson(response, status, body, headers)
}
