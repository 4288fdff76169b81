/** Every sentence of the set-up pages. */
import { html } from 'hono/html'
import type { AgentLook } from '#app/core/set-up.ts'
import type { Step } from './parts.ts'

export const STEP_NAMES: Readonly<Record<Step, string>> = {
  address: 'Addresses',
  account: 'Account',
  agent: 'Agent',
  create: 'Create the App',
  finish: 'Install it'
}

export const T = {
  product: 'Stagewright',
  setUp: 'set-up',
  next: 'Continue',
  wrong: 'That does not fit yet',
  wrongHint: 'Look at what is marked below.',
  address: {
    title: 'Where are GitHub and this server?',
    intro:
      'Four short steps make a GitHub App of your own and start this server with it. Nothing is made on GitHub before you press the button of step 4.',
    github: 'Your GitHub',
    cloud: 'github.com',
    other: 'Another one: GitHub Enterprise Server, or GHE.com',
    otherLabel: 'Its address',
    otherHint: 'As you open it in the browser, like https://github.example.com',
    given: (url: string) => html`The environment says <code>${url}</code>.`,
    server: 'How GitHub reaches this server',
    public: 'It has an address',
    publicHint: (path: string) =>
      html`A server, or a tunnel that you run yourself. GitHub must reach <code>ADDRESS${path}</code>, so let your proxy pass that path on to this port, and <code>/setup/installed*</code>, where GitHub sends whoever has installed the App; nothing else.`,
    publicLabel: 'Address',
    tunnel: 'It has none: this is a laptop',
    tunnelHint:
      'GitHub sends to a channel of a smee server, and this server fetches from there. For trying it out: whoever knows the channel can read what passes through it.',
    tunnelLabel: 'Channel',
    tunnelNew: 'Leave it empty for a new one: then smee.io is asked for it.'
  },
  account: {
    title: 'Who owns the App?',
    intro:
      'The App is private: it can be installed on repositories of the account that owns it, and nowhere else. Sign in to GitHub in this browser as a person who may do that.',
    owner: 'Owner',
    me: 'Me, the person signed in to GitHub',
    organization: 'An organization',
    organizationLabel: 'Its name',
    organizationHint: 'As it stands in its address: github.com/NAME',
    nameLabel: 'Name of the App',
    nameHint:
      'Its comments carry it. It must be free on the whole of GitHub; GitHub lets you change it.'
  },
  agent: {
    title: 'Which agent does the work?',
    intro: 'It can be another one later, also for single stages or by label.',
    legend: 'Agent',
    codex: 'Codex',
    claude: 'Claude Code',
    command: 'A program of mine',
    found: ({ version, file, folder }: Extract<AgentLook, { kind: 'found' }>) =>
      html`Found: version <code>${version}</code> at <code>${file}</code>${folder === null ? '' : html`; the settings will name its folder, because a service looks in fewer places than your shell`}`,
    refused: (why: string) => html`Found, but a run could not work with it: ${why}.`,
    missing: (packageName: string) =>
      html`Not found on this machine. Install it (<code>npm install --global ${packageName}</code>), then load this page again.`,
    keyLabel: { codex: 'OpenAI API key', claude: 'Anthropic API key' },
    keyHint: (file: string) =>
      html`Written to <code>${file}</code>, which only you can read. It stays in this server: agents reach the model through it and never see the key.`,
    keyKept: 'A key was given. Leave this empty to keep it.',
    keyGiven: (name: string) => html`The environment has <code>${name}</code>.`,
    commandLabel: 'Program and arguments, one a line',
    commandHint:
      'Started without a shell in a clone of the repository, with the task in a file. docs/agents.md says what it gets and hands back.',
    isolation: 'Runs share your user',
    isolationHint:
      'This server does not run as root, so an agent runs as the same user as this server, and can read what you can read. As root, every run gets a user of its own.',
    allow: 'I know, and I allow it on this machine'
  },
  create: {
    title: 'Create the App on GitHub',
    intro: 'GitHub shows the name once more and asks you to confirm. Then it sends you back here.',
    owner: 'Owner',
    me: 'you',
    name: 'Name',
    hook: 'Deliveries go to',
    agent: 'Agent',
    settings: 'Settings go to',
    permissions: 'What it may do',
    permission: 'Permission',
    access: 'Access',
    why: 'Why',
    events: 'What it is told of',
    event: 'Event',
    button: (host: string) => `Create it on ${host}`
  },
  finish: {
    made: 'The App is made, but not kept yet',
    madeHint:
      'Its keys are held in memory until they are written. Leave the server running, repair what is named here, and try again.',
    kept: 'The App is made; the server does not run yet',
    keptHint: 'The settings are written. Repair what is named here, and start it again.',
    failed: 'GitHub made no App',
    failedHint: 'What you have said so far is kept.',
    again: 'Go back to step 4',
    retryKeep: 'Write them again',
    retryStart: 'Start it again',
    waiting: 'The server is starting',
    waitingHint: 'The first start makes a database, which takes some seconds.',
    look: 'Look again',
    running: 'It runs',
    doneApp: (name: string) => html`The App <strong>${name}</strong> is made.`,
    doneFiles: (settings: string) =>
      html`Settings are in <code>${settings}</code>; they name the file of the private key. Only you can read both: keep them, and show them to nobody.`,
    doneServer:
      'The server runs here, with these settings. The next time, start it in the same way.',
    install: 'Install it on your repositories',
    next: 'Then',
    nextIssue: 'Open an issue that says what should be different.',
    nextRun: html`Write <code>/run dev</code> as a comment, or put the label <code>run:dev</code> on it.`,
    nextWatch: 'Watch the comment and the check run; a pull request comes out.',
    doctor: html`If nothing happens, <code>npx stagewright doctor</code> says what is wrong.`
  },
  installed: {
    title: 'The App is installed',
    intro: 'Stagewright can work on these repositories now.'
  },
  door: {
    title: 'This page is opened by a link',
    text: html`Open the link that <code>npm start</code> has printed in its terminal. It works once; when it was used already, a fresh one stands there now.`
  },
  twice:
    'an App was made in this set-up already, so this second one is not used: delete it in its settings on GitHub',
  strange:
    'this answer does not belong to a question of this page: go back and press the button again',
  refused: 'GitHub sent no code: press the button again',
  noChannel:
    'smee.io gave no channel: try again, or write the address of a channel of another smee server',
  codeGone:
    'GitHub does not know the code any more: it is good once, and for an hour. If the App stands in your settings on GitHub, delete it there, and create it again',
  unexpected: 'something went wrong here that has no name; the terminal says more'
} as const
