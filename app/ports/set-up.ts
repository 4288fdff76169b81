/** What setting up a GitHub App needs from the world. */
import type { RegisteredApp } from '#app/core/set-up.ts'

export interface AppRegistry {
  /**
   * Turns the code of the manifest flow into the App. GitHub does this once, within an hour:
   * NOT_FOUND for a code that was used or is too old, GITHUB_UNAVAILABLE to try the same code again.
   */
  convert(apiUrl: string, code: string): Promise<RegisteredApp>
}

/** The file that the next start reads its settings from, and the private key beside our state. */
export interface SettingsFiles {
  /** For people: where the settings go. */
  readonly path: string
  /** FAILED_PRECONDITION when they could not be written: no right to, or a key stands there already. */
  check(keys: readonly string[]): Promise<void>
  /** Writes the private key, mode 0600, and answers its path; the same key twice is no error. */
  keepKey(appId: number, privateKey: string): Promise<string>
  /** Adds what is not there, mode 0600, all or nothing. FAILED_PRECONDITION when a key has another value already. */
  add(settings: Readonly<Record<string, string>>): Promise<void>
}
