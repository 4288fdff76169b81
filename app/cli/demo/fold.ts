/** An agent's log as a person wants to read it: what a command printed is cut, paths are short. */

/** So much of a command's output says how it went; the whole stands on the check run. */
const MOST_OUTPUT_LINES = 8
/** Every attempt's tree lies at another long path; the agents name files by it. */
const TREE = /(file:\/\/)?\/\S*?\/place\/tree\//g

export interface Fold {
  /** The lines to show for the next line of the log; output is what begins with two spaces. */
  next(line: string): readonly string[]
  /** What is left to say when something else is told. */
  rest(): readonly string[]
}

export function createFold(): Fold {
  let shown = 0
  let hidden = 0
  const rest = (): readonly string[] => {
    const more = hidden === 0 ? [] : [`  … ${hidden} more ${hidden === 1 ? 'line' : 'lines'}`]
    shown = 0
    hidden = 0
    return more
  }
  return {
    next(line) {
      const text = line.replaceAll(TREE, '')
      if (!text.startsWith('  ')) return [...rest(), text]
      if (text.trim() === '') return []
      if (shown === MOST_OUTPUT_LINES) {
        hidden += 1
        return []
      }
      shown += 1
      return [text]
    },
    rest
  }
}
