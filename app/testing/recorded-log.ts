import type { Log } from '#app/ports/platform.ts'

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A log that keeps its entries for a test to look at. */
export function recordedLog(
  entries: LogEntry[] = [],
  shared: Readonly<Record<string, unknown>> = {}
): Log & { readonly entries: readonly LogEntry[] } {
  function at(level: LogEntry['level']) {
    return (fields: Readonly<Record<string, unknown>>, message: string): void => {
      entries.push({ level, message, fields: { ...shared, ...fields } })
    }
  }
  return {
    entries,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: fields => recordedLog(entries, { ...shared, ...fields })
  }
}
