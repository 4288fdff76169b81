/** Which answer comes next, told from the conversation alone: the server keeps no place in a script. */
import { type Asked, promptsOf, thisTurn } from './asked.ts'
import { callsOf, type ToolCall } from './calls.ts'
import { beatsOf, type Script } from './script.ts'

export interface AnsweredCall extends ToolCall {
  readonly id: string
}

export interface Answer {
  readonly thoughts: readonly string[]
  readonly words: readonly string[]
  readonly calls: readonly AnsweredCall[]
}

export interface Played {
  readonly answer: Answer
  /** Which answer of which script; for the record. */
  readonly script: string
  readonly beat: number
}

/**
 * The ids of a script's calls say where they stand: turn, answer, call. What has a result after the
 * last prompt is behind us, so a retry gets the same answer again, a resumed conversation begins its
 * script at the start, and two conversations do not know of each other. Throws when it cannot go on.
 */
export function play(script: Script, asked: Asked): Played {
  const beats = beatsOf(script)
  const turn = promptsOf(asked).length
  const index = nextBeat(script, asked, turn)
  const beat = beats[index]
  if (beat === undefined)
    throw new Error(`the script "${script.name}" has ended, and the client asks again`)
  const calls = callsOf(beat.calls, asked).map((call, number) => ({
    ...call,
    id: `call_${script.name}_${turn}_${index}_${number}`
  }))
  return {
    answer: { thoughts: beat.thoughts, words: beat.words, calls },
    script: script.name,
    beat: index
  }
}

function nextBeat(script: Script, asked: Asked, turn: number): number {
  const ours = new RegExp(`^call_${script.name}_${turn}_(\\d+)_\\d+$`)
  const done = thisTurn(asked).flatMap(one => {
    const place = one.by === 'tool' ? ours.exec(one.call)?.[1] : undefined
    return place === undefined ? [] : [Number(place)]
  })
  return Math.max(-1, ...done) + 1
}
