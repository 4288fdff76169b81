/** Values of options, parsed once; a wrong one is a usage error that says what fits. */
import { InvalidArgumentError } from 'commander'
import { RUN_STATES, type RunState } from '#app/core/run.ts'
import { DELIVERY_STATES, type DeliveryState } from '#app/ports/delivery-lists.ts'

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
  return states(text, RUN_STATES)
}

/** For commander: `waiting,quarantined`. */
export function deliveryStates(text: string): readonly DeliveryState[] {
  return states(text, DELIVERY_STATES)
}

function states<State extends string>(text: string, all: readonly State[]): readonly State[] {
  return text.split(',').map(word => {
    const state = all.find(known => known === word.trim())
    if (state !== undefined) return state
    throw new InvalidArgumentError(`"${word.trim()}" is no state; known are ${all.join(', ')}.`)
  })
}
