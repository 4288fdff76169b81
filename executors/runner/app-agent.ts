/** Connections from this machine's runners to the app: kept and shared, none to a port that a run holds. */
import { Agent as PlainAgent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { isHeldByRun, type RunUids } from './listener.ts'

/** Shorter than a server keeps an idle connection (Node: 5 s), so that none is used that just closed. */
const IDLE_MS = 4_000

const agents = new Map<string, PlainAgent>()

/**
 * The agent for calls of `url`. Whoever holds the port is looked up before each new connection, and
 * the call fails when it is a run; a connection that stands leads to whom it always led to.
 */
export function agentFor(url: string, uids: RunUids | null): PlainAgent {
  const { origin, protocol } = new URL(url)
  const key = `${origin} ${uids?.first} ${uids?.count}`
  const known = agents.get(key)
  if (known !== undefined) return known
  const options = { keepAlive: true, timeout: IDLE_MS }
  const agent = protocol === 'https:' ? new TlsAgent(options) : new PlainAgent(options)
  if (uids !== null) guard(agent, () => isHeldByRun(origin, uids))
  agents.set(key, agent)
  return agent
}

function guard(agent: PlainAgent, isHeld: () => boolean): void {
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    if (!isHeld()) return connect(options, callback)
    const error = new Error('the app is away, and another run holds its port')
    // Agents of Node take an error here; the type names a stream beside it.
    ;(callback as ((error: Error) => void) | undefined)?.(error)
    return undefined
  }
}
