/** What we promise, each with the test that would fail without it. `requirements.test.ts` holds the list to the tests. */
export interface Requirement {
  readonly id: string
  readonly promise: string
  /** File below the root, and the beginning of a test's title in it. */
  readonly proof: readonly [file: string, title: string]
}

const stories = 'app/scenarios'

export const REQUIREMENTS: readonly Requirement[] = [
  {
    id: 'stored-before-answered',
    promise: 'A delivery is committed before GitHub gets its 2xx; a failed insert is 503.',
    proof: ['app/edges/webhooks/route.test.ts', 'a database that cannot store answers 503']
  },
  {
    id: 'signature',
    promise: 'Only signed bodies are taken; two secrets during a rotation.',
    proof: ['app/edges/webhooks/route.test.ts', '200 mutations of a good signature are all refused']
  },
  {
    id: 'body-cap',
    promise: 'A body over 25 MB is refused before it is hashed or kept.',
    proof: [
      'app/edges/webhooks/route.test.ts',
      'a body announced as 30 MB is refused before it is read'
    ]
  },
  {
    id: 'duplicate-delivery',
    promise: 'A duplicate delivery does nothing, on whatever replica.',
    proof: [
      `${stories}/replicas.story.test.ts`,
      '100 copies of one delivery to three replicas make one run'
    ]
  },
  {
    id: 'replayed-body',
    promise: 'A captured body under a new delivery id does nothing.',
    proof: [
      `${stories}/triggers.story.test.ts`,
      'a captured body sent again under a new delivery id does nothing'
    ]
  },
  {
    id: 'poisoned-payload',
    promise: 'A payload that cannot be read is quarantined and the others flow.',
    proof: [
      `${stories}/triggers.story.test.ts`,
      'an unreadable payload is quarantined with its reason'
    ]
  },
  {
    id: 'every-trigger-answered',
    promise: 'Every trigger gets 👀 and a run, or a sentence with reason and remedy.',
    proof: [
      `${stories}/triggers.story.test.ts`,
      "a stranger's /run dev is refused with a reason and a remedy"
    ]
  },
  {
    id: 'label-again',
    promise: 'Putting the label on again always works again.',
    proof: [`${stories}/triggers.story.test.ts`, 'a label put on twice makes one run at a time']
  },
  {
    id: 'missed-trigger',
    promise: 'A trigger label whose delivery never came is found and treated as a trigger.',
    proof: [
      `${stories}/sweep.story.test.ts`,
      'a trigger label whose delivery never came is picked up'
    ]
  },
  {
    id: 'one-active-run',
    promise: 'At most one active writing run per repository and issue.',
    proof: [
      `${stories}/triggers.story.test.ts`,
      'two comments with /run dev at the same moment make one run'
    ]
  },
  {
    id: 'people-only',
    promise: 'Bots and apps start nothing.',
    proof: [`${stories}/triggers.story.test.ts`, "a bot's label is refused"]
  },
  {
    id: 'gate-scope',
    promise: 'A change outside the write scope is named and not pushed.',
    proof: [
      `${stories}/main-loop.story.test.ts`,
      'a protected path is refused by name, and nothing is pushed'
    ]
  },
  {
    id: 'gate-secrets',
    promise: 'A secret in the change is found, never shown, and not pushed.',
    proof: [`${stories}/main-loop.story.test.ts`, 'a secret in the change is found']
  },
  {
    id: 'revise',
    promise: '"Request changes" revises the same pull request in the same session.',
    proof: [`${stories}/main-loop.story.test.ts`, '"Request changes" revises the same pull request']
  },
  {
    id: 'cancel',
    promise: 'Cancel, by command, label or button, ends the run and closes its check.',
    proof: [`${stories}/triggers.story.test.ts`, 'the buttons of the check run cancel and retry']
  },
  {
    id: 'killed-anywhere',
    promise: 'A kill at any step loses nothing and doubles nothing.',
    proof: [`${stories}/killed.story.test.ts`, 'a kill %s']
  },
  {
    id: 'answer-lost',
    promise:
      '"Done but the answer was lost" leaves one comment, one pull request, one check run a commit.',
    proof: [`${stories}/faults.story.test.ts`, '%s was done and the answer was lost']
  },
  {
    id: 'handover',
    promise: 'A graceful stop hands runs over and burns no attempt.',
    proof: [`${stories}/replicas.story.test.ts`, 'a graceful stop hands a running agent over']
  },
  {
    id: 'deadline',
    promise: 'An agent that outlives its deadline is ended with all its processes.',
    proof: [`${stories}/faults.story.test.ts`, 'an agent that outlives its deadline is ended']
  },
  {
    id: 'disk-full',
    promise: 'A full disk delays and loses nothing.',
    proof: [`${stories}/faults.story.test.ts`, 'a full disk in the middle of a run delays it']
  },
  {
    id: 'database-away',
    promise: 'A database that is away is 503, and all goes on afterwards.',
    proof: [
      `${stories}/faults.story.test.ts`,
      'while the database refuses connections a delivery is 503'
    ]
  },
  {
    id: 'audit-append-only',
    promise: 'Nobody can change or remove an audit row.',
    proof: ['app/adapters/postgres/audit.db.test.ts', '%s is no right of the app’s role']
  },
  {
    id: 'demo',
    promise: 'One command shows the whole loop with nothing set up.',
    proof: [
      `${stories}/demo.story.test.ts`,
      'one process and the embedded Postgres: the whole story'
    ]
  },
  {
    id: 'set-up-page',
    promise: 'With nothing set, the set-up page ends with a running App that opens a pull request.',
    proof: [
      `${stories}/set-up.browser.test.ts`,
      'with nothing set, npm start serves a page that ends with a running App'
    ]
  },
  {
    id: 'set-up-closed',
    promise: 'Other users of the machine and other sites cannot use the set-up page.',
    proof: [
      'app/edges/setup/setup.test.ts',
      'a name that was pointed at this machine (DNS rebinding) is no name of ours'
    ]
  },
  {
    id: 'permissions-used',
    promise: 'The App asks GitHub for exactly what the code uses.',
    proof: [
      'app/edges/webhooks/app-yml.test.ts',
      'each call of the code to GitHub stands in the table of what it needs'
    ]
  }
]
