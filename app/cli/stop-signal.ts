/** Waiting for a person, or a supervisor, to say stop. */

/** npm and a terminal both pass Ctrl-C on, so two signals within this time are one wish. */
const SAME_WISH_MS = 500

export interface StopSignal {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; the reason is the signal's name. */
  readonly signal: AbortSignal
  /** Gives the signals back to Node. */
  release(): void
}

/**
 * Takes the signals over. `force` is called at the second wish, by someone who does not want to wait
 * any longer. A parent that started us with an IPC channel and is gone counts as a wish to stop.
 */
export function stopSignal(force: () => void): StopSignal {
  const wish = new AbortController()
  let first = 0
  const onSignal = (name: string): void => {
    if (first === 0) {
      first = Date.now()
      wish.abort(name)
    } else if (Date.now() - first > SAME_WISH_MS) force()
  }
  const onDisconnect = (): void => onSignal('disconnect')
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, onSignal)
  process.on('disconnect', onDisconnect)
  return {
    signal: wish.signal,
    release() {
      for (const name of names) process.off(name, onSignal)
      process.off('disconnect', onDisconnect)
    }
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
