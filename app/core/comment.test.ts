import { expect, test } from '@jest/globals'
import { COMMAND_LIST } from '#app/commands/index.ts'
import type { CommandLine } from './command.ts'
import { readComment } from './comment.ts'

const read = (body: string): readonly CommandLine[] => readComment(body, COMMAND_LIST)

/** What was found, as short words: `cancel`, `run dev work "text"`, `? /run dev`. */
function told(body: string): readonly string[] {
  return read(body).map(line => {
    if (line.kind === 'mistake') return `? ${line.closest}`
    const { command } = line
    if (command.name === 'run') {
      return `run ${command.stage} ${command.kind}${command.text && ` "${command.text}"`}`
    }
    return command.name === 'revise' ? `revise "${command.text}"` : command.name
  })
}

test.each([
  ['a command alone', '/cancel', ['cancel']],
  ['any letter case', '/RUN Dev', ['run dev work']],
  ['the label’s own spelling', '/run run:dev:revise', ['run dev revise']],
  ['a command below a sentence', 'Looks good.\n/run dev', ['run dev work']],
  ['up to three spaces in front', '   /status', ['status']],
  ['spaces behind', '/help   \t', ['help']],
  ['a full stop behind', '/help.', ['help']],
  ['Windows line ends', 'Hi\r\n/status\r\n/help\r\n', ['status', 'help']],
  ['a no-break space between the words', '/run\u00a0dev', ['run dev work']],
  ['a no-break space in front', '\u00a0/status', ['status']],
  ['a tab between the words', '/run\tdev', ['run dev work']],
  ['zero-width characters in the word', '/sta\u200btus\ufeff', ['status']],
  ['a byte order mark in front', '\ufeff/status', ['status']],
  ['several commands', '/cancel\n\n/run dev\n/status', ['cancel', 'run dev work', 'status']],
  ['a revise with words', '/run dev revise rename it', ['run dev revise "rename it"']],
  ['words that only begin like revise', '/run dev revised plan', ['run dev work "revised plan"']],
  ['a reason behind cancel', '/cancel wrong branch', ['cancel']],
  ['a command behind a closed fence', '```\n/run dev\n```\n/status', ['status']],
  ['a command behind a closed comment', '<!-- a\n/run dev\n-->\n/status', ['status']],
  ['a command below a list', '- one\n- two\n\n/status', ['status']],
  ['a comment opening in inline code', 'Type `<!--` first\n/status', ['status']],
  ['a comment opening that never closes inside a paragraph', 'a <!-- b\n/status\n\n-->', ['status']]
])('%s is read', (_what, body, commands) => {
  expect(told(body)).toEqual(commands)
})

test.each([
  ['a quoted line', '> /run dev'],
  ['a quoted line with spaces', '   >   /run dev'],
  ['a nested quote', '> > /run dev'],
  ['backtick fences', '```\n/run dev\n```'],
  ['a fence with an info string', '```sh title="x"\n/run dev\n```'],
  ['a long fence around a short one', '`````\n```\n/run dev\n```\n/cancel\n`````'],
  ['tilde fences', '~~~~\n```\n/run dev\n~~~\n/cancel\n~~~~'],
  ['an open fence', '```\n/run dev'],
  ['a fence in a list', '- ```\n  /run dev\n  ```'],
  ['a fence that text behind it keeps open', '```\n``` not the end\n/run dev\n```'],
  ['indented code', '    /run dev'],
  ['a tab in front', '\t/run dev'],
  ['inline code', '`/run dev`'],
  ['a word in front', 'please /run dev'],
  ['an HTML comment', '<!-- /run dev -->'],
  ['an HTML comment over several lines', '<!--\n/run dev\n\n/cancel\n-->'],
  ['an open HTML comment', '<!--\n/run dev'],
  ['a comment that begins behind a word', 'word <!--\n/run dev -->'],
  ['preformatted HTML', '<pre>\n/run dev\n</pre>'],
  ['a path', '/usr/bin/run is missing'],
  ['a path that begins like a command', '/run/dev is a socket'],
  ['an address', '/api/v1 answers 500'],
  ['a file', '/help.md'],
  ['an escaped slash', '\\/run dev'],
  ['a slash alone', '/ run dev'],
  ['two slashes', '//run dev'],
  ['nothing', ''],
  [
    'commands of other bots',
    '/lgtm\n/cc @bob\n/assign\n/shrug\n/hold\n/test all\n/retest\n/review\n/rebase'
  ]
])('%s holds no command', (_what, body) => {
  expect(read(body)).toEqual([])
})

test.each([
  ['/rnu dev', '/run dev'],
  ['/rundev', '/run dev'],
  ['/run-dev', '/run dev'],
  ['/run:dev:revise', '/run dev revise'],
  ['/dev', '/run dev'],
  ['/runqa', '/run qa'],
  ['/cancle', '/cancel'],
  ['/cancelled', '/cancel'],
  ['/\u0441ancel', '/cancel'],
  ['/retyr', '/retry'],
  ['/rerun', '/retry'],
  ['/stauts', '/status'],
  ['/hepl', '/help'],
  ['/revice now', '/revise']
])('the slip %s is answered with %s', (body, closest) => {
  expect(read(body)).toEqual([
    { kind: 'mistake', line: 1, text: body, reason: 'unknown_command', closest }
  ])
})

test.each([
  ['/run', 'bad_arguments', '/run dev'],
  ['/run\ndev', 'bad_arguments', '/run dev'],
  ['/run dve', 'unknown_stage', '/run dev'],
  ['/run develop', 'unknown_stage', '/run dev'],
  ['/run everything', 'unknown_stage', null],
  ['/run dev:twice', 'bad_arguments', '/run dev'],
  ['/retry the request when it times out', 'bad_arguments', '/retry'],
  ['/status page shows 500', 'bad_arguments', '/status']
])('%j is %s', (body, reason, closest) => {
  expect(read(body)).toMatchObject([{ kind: 'mistake', reason, closest }])
})

test('a revise takes the lines below it, code and quotes included, up to the next command', () => {
  const body =
    '/revise Use this:\n```js\n/cancel\n```\n> as said\n\n<!-- hidden -->thanks\n/lgtm\n/status'
  expect(told(body)).toEqual([
    'revise "Use this:\n```js\n/cancel\n```\n> as said\n\nthanks\n/lgtm"',
    'status'
  ])
})

test('a slip ends the text of the command above it', () => {
  expect(told('/revise one\n/stauts\ntwo')).toEqual(['revise "one"', '? /status'])
})

test('lines are counted from one, through quotes and code', () => {
  expect(read('> /run dev\n\n```\nx\n```\n/status\n/help').map(({ line }) => line)).toEqual([6, 7])
})

test('a hostile comment of the largest size is read in a moment', () => {
  const hostile = ['a<!--\n', '<!--', '`', '/rnu\n', '- ', '> ', '~~~\n', '/revise\n']
  for (const piece of hostile) {
    const started = performance.now()
    read(piece.repeat(Math.floor(65_536 / piece.length)))
    expect(performance.now() - started).toBeLessThan(2_000)
  }
})
