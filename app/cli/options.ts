/** Values of options, parsed once; a wrong one is a usage error that says what fits. */
import { InvalidArgumentError } from 'commander'
import { RUN_STATES, type RunState } from '#app/core/run.ts'

/** For commander: an option that takes a whole number between two limits. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`)
  }
}

/** For commander: `failed,canceled`. */
export function runStates(text: string): readonly RunState[] {
  return text.split(',').map(word => {
    const state = RUN_STATES.find(known => known === word.trim())
    if (state !== undefined) return state
    throw new InvalidArgumentError(
      `"${word.trim()}" is no state; known are ${RUN_STATES.join(', ')}.`
    )
  })
}
