/** What the scripted model does in the demo when a real agent's CLI does the work. */
import { continues, promptsOf } from '#app/sandbox/model/asked.ts'
import type { Script } from '#app/sandbox/model/script.ts'
import { type ScriptedModel, startScriptedModel } from '#app/sandbox/model/start-scripted-model.ts'

/** Hands a result back as agents are asked to: as JSON in the file that the environment names. */
function handBack(result: Readonly<Record<string, unknown>>): string {
  return `cat > "$STAGEWRIGHT_RESULT_FILE" <<'END'\n${JSON.stringify(result)}\nEND`
}

const WORK: Script = {
  name: 'work',
  steps: [
    { say: 'I run the tests first.' },
    { run: 'npm test' },
    { read: 'src/pages.js' },
    { say: 'pageCount rounds down, so what is left over gets no page.' },
    {
      edit: {
        path: 'src/pages.js',
        from: '  return Math.floor(items / perPage)',
        to: '  return Math.ceil(items / perPage)'
      }
    },
    { run: 'npm test' },
    {
      run: handBack({
        title: 'Count the last page when it is not full',
        summary: '`pageCount` rounds up now, so the last page is counted when it is not full.',
        decisions: ['The smallest edit that makes every test pass.']
      })
    },
    { finish: 'pageCount rounds up now; all tests pass.' }
  ]
}

const LAST_TEST = '  assert.deepEqual(pageItems([1, 2, 3], 2, 2), [3])\n})'
const HEAD = 'export function pageCount(items, perPage) {'

const REVISE: Script = {
  name: 'revise',
  steps: [
    { say: 'The review asks for a RangeError. I write the test first.' },
    { read: 'test/pages.test.js' },
    {
      edit: {
        path: 'test/pages.test.js',
        from: LAST_TEST,
        to: `${LAST_TEST}\n\ntest('a page holds at least one item', () => {\n  assert.throws(() => pageCount(21, 0), RangeError)\n})`
      }
    },
    { run: 'npm test || true' },
    { read: 'src/pages.js' },
    {
      edit: {
        path: 'src/pages.js',
        from: HEAD,
        to: `${HEAD}\n  if (perPage < 1) throw new RangeError(\`perPage is \${perPage}, but must be at least 1\`)`
      }
    },
    { run: 'npm test' },
    {
      run: handBack({
        title: 'Refuse pages that hold less than one item',
        summary: '`pageCount` throws a `RangeError` when `perPage` is below 1; a test covers it.',
        decisions: ['Wrote the test before the guard and saw it fail.']
      })
    },
    { finish: 'The review is answered; all tests pass.' }
  ]
}

export interface DemoModel {
  readonly url: string
  /** Whether a later turn began with all that was said in the first one: the model's own witness. */
  hasContinued(): boolean
  close(): Promise<void>
}

/** A model that knows the demo's two tasks; anything else that it is asked is an error to the agent. */
export async function startDemoModel(): Promise<DemoModel> {
  const model: ScriptedModel = await startScriptedModel({
    script: asked => {
      const prompt = promptsOf(asked).at(-1) ?? ''
      if (prompt.includes('pageCount(21, 0)')) return REVISE
      return prompt.includes('pageCount(21, 10)') ? WORK : null
    }
  })
  const turns = (script: string) =>
    model
      .requests()
      .flatMap(({ asked, outcome }) =>
        asked !== null && outcome.kind === 'answer' && outcome.script === script ? [asked] : []
      )
  return {
    url: model.url,
    hasContinued() {
      const last = turns(WORK.name).at(-1)
      return last !== undefined && turns(REVISE.name).some(later => continues(later, last))
    },
    close: () => model.close()
  }
}
