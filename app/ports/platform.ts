/** Clock, ids, and the model providers. */

/** Wall time, for TTLs, waits and what people read; leases go by database time (decisions 21). */
export interface Clock {
  now(): Date
}

export interface Ids {
  /** 12 characters of lower-case base 32, 60 random bits. */
  next(): string
  /** 256 random bits for a run token, base64url. */
  token(): string
}

/** A model provider behind the platform's own key (decisions 28). */
export interface ModelUpstream {
  /**
   * Forwards a generation request. `path` is what follows `/model/<provider>`. NOT_FOUND for a
   * provider that is not configured or a path that is no generation path.
   */
  forward(provider: string, path: string, request: Request): Promise<Response>
}

/** Takes every secret known to the platform out of text before it is stored or shown. */
export interface Redactor {
  redact(text: string): string
}

/** Structured log: constant messages, data in fields. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
  child(fields: Readonly<Record<string, unknown>>): Log
}
