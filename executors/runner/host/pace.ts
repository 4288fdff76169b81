/**
 * Lets only so many launchers prepare at once: a burst of starts then shares the processors in
 * turns, and the first ones work while the last ones wait.
 */
export class Pace {
  readonly #most: number
  readonly #holdMs: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  /** A turn ends after `holdMs` at the latest: a large clone waits for the network, not for us. */
  constructor(most: number, holdMs: number) {
    this.#most = most
    this.#holdMs = holdMs
  }

  /** Resolves when it is this one's turn; the turn lasts until `done` resolves. First come, first served. */
  async enter(done: Promise<unknown>): Promise<void> {
    if (this.#inside >= this.#most) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#inside += 1
    const timer = new Promise(resolve => setTimeout(resolve, this.#holdMs).unref())
    Promise.race([done, timer]).then(
      () => this.#leave(),
      () => this.#leave()
    )
  }

  #leave(): void {
    const next = this.#waiting.shift()
    // The place passes on as it is: the count only falls when nobody waits.
    if (next === undefined) this.#inside -= 1
    else next()
  }
}
