/** Where emulate 0.12.2 and GitHub's documentation differ, each with a reason to go by the latter. */

export interface Difference {
  readonly id: string
  /** The claims that do not hold there. */
  readonly claims?: readonly string[]
  /** Each fits `METHOD /path: where: message` of an answer that leaves GitHub's description. */
  readonly shapes?: readonly RegExp[]
  readonly emulate: string
  readonly github: string
  readonly reason: string
}

export const EMULATE_DIFFERENCES: readonly Difference[] = [
  {
    id: 'unknown-token',
    claims: ['bad-credentials'],
    emulate: 'takes any token for a person of its own',
    github: '401 Bad credentials',
    reason: 'a revoked or expired token must be seen as one'
  },
  {
    id: 'missing-permission',
    claims: ['token-narrowed', 'token-accepted-permissions'],
    emulate: '403 Forbidden',
    github: '403 Resource not accessible by integration; a header names what would do',
    reason: 'the product tells its owner which permission to grant'
  },
  {
    id: 'roles',
    claims: ['permission', 'comment-of-another', 'issue-stranger-labels'],
    emulate: 'a stranger has no permission to tell, changes any comment, and sets labels',
    github: 'a stranger reads what is public, and nothing more',
    reason: 'who may start a run is decided by these'
  },
  {
    id: 'conditional',
    claims: ['etag'],
    emulate: 'has no ETag',
    github: '304, free of charge',
    reason: 'sweeps live by it'
  },
  {
    id: 'rate-limit',
    claims: ['rate-limit'],
    emulate: 'always tells the same number',
    github: 'tells what is left, and asking is free',
    reason: 'a budget must be seen before it is gone'
  },
  {
    id: 'pulls-are-issues',
    claims: ['issues-filtered'],
    emulate: 'leaves pull requests out of the list of issues',
    github: 'each pull request is an issue',
    reason: 'a reader who forgets to tell them apart must fail here'
  },
  {
    id: 'timeline',
    claims: ['timeline'],
    emulate: 'has no comments in it',
    github: 'comments stand among the events',
    reason: 'the history of an issue is read from there'
  },
  {
    id: 'via-app',
    claims: ['comment-via-app', 'check-run-app'],
    emulate: 'null',
    github: 'names the App',
    reason: 'our own comments and check runs are known by it'
  },
  {
    id: 'limits',
    claims: ['comment-limits', 'check-run-limits', 'label-case', 'ref-name'],
    emulate: 'takes any length, number and name',
    github: '422',
    reason: 'what is too long must fail before it reaches GitHub'
  },
  {
    id: 'annotations',
    claims: ['check-run', 'check-run-annotations'],
    shapes: [/annotations: 200: must be array/],
    emulate: 'keeps those of the last call, and its list is none',
    github: 'adds them up',
    reason: 'more than 50 are sent in several calls'
  },
  {
    id: 'check-run-rules',
    claims: ['check-run-conclusion', 'check-run-commit', 'check-run-person'],
    emulate: 'takes check runs of anybody, on any commit; a conclusion alone changes nothing',
    github: 'only Apps, on a commit that is there; a conclusion completes the run',
    reason: 'a check run in the wrong place is not seen by anybody'
  },
  {
    id: 'diff',
    claims: ['compare-diff', 'pull-diff'],
    emulate: 'answers with JSON',
    github: 'a diff, when the media type asks for one',
    reason: 'the gate and the prompts read diffs'
  },
  {
    id: 'pull-from-git',
    claims: ['pull-numbers', 'pull-grows'],
    emulate: 'counts files and commits once, wrongly',
    github: 'what git says, now',
    reason: 'a revise pushes onto an open pull request'
  },
  {
    id: 'pull-refused',
    claims: ['pull-twin', 'pull-empty'],
    emulate: 'opens a second one, and an empty one',
    github: '422 in words',
    reason: 'publishing twice must end in one pull request'
  },
  {
    id: 'review-lines',
    claims: ['review', 'review-hunk'],
    emulate: 'refuses comments by line, and has no diff_hunk',
    github: 'a comment stands on a line of a side, with its hunk',
    reason: 'a revise is prompted with them'
  },
  {
    id: 'review-own',
    claims: ['review-own'],
    emulate: 'lets an author approve',
    github: '422',
    reason: 'the App must never count as an approval of its work'
  },
  {
    id: 'merge',
    claims: ['merge', 'merge-closes'],
    emulate: '422 for a stale head and for what was merged; closes no issue',
    github: '409 and 405; "Closes #1" closes the issue',
    reason: 'the issue moves on when its pull request is merged'
  },
  {
    id: 'review-status',
    shapes: [/reviews: status: 201 is not/],
    emulate: '201 for a new review',
    github: '200',
    reason: 'as described'
  },
  {
    id: 'refusal-details',
    claims: ['label-made'],
    emulate: '422 without a list of errors',
    github: 'errors with resource, field and code',
    reason: 'a label that is there already is told apart by its code'
  },
  {
    id: 'bot-addresses',
    shapes: [
      /: 20\d \/(\*\/|commits\/\*\/)?(user|author|committer)(\/\w*url)?: must (match|be null|NOT)/
    ],
    emulate: 'addresses with a bare [bot] in them',
    github: '%5Bbot%5D, which is an address',
    reason: 'such an address cannot be called'
  },
  {
    id: 'thin-objects',
    shapes: [
      /^GET \/app: 200/,
      /\/installations?: 200( \/\*)?( \/account)?:/,
      /access_tokens: (201 \/repositories|422)/,
      /permission: 200 \/user: must have/,
      /\{repo\}: 200: must have/,
      /check-runs.*\/output: must have required property 'annotations_url'/
    ],
    emulate: 'objects without many of their fields',
    github: 'whole objects, as described',
    reason: 'a client that reads by the schema would break'
  }
]
