/** What the sandbox has, has not, and where it and others differ from GitHub. */
import { CALL_FAULTS } from '#app/sandbox/fault-words.ts'
import { readDescription } from '#app/sandbox/openapi/description.ts'
import { EMULATE_DIFFERENCES } from '#app/testing/contracts/emulate-differences.ts'
import { DEVIATIONS } from '#app/testing/openapi-deviations.ts'

/** The sections of `docs/reference/sandbox.md`. */
export function sandboxSections(): readonly string[] {
  const { source } = readDescription()
  return [
    'GitHub on your machine, for tests, the demo and trying things out: REST and GraphQL below `/api`, git over HTTP, signed webhooks, and pages to look at it all. Nothing is kept when it ends.',
    '## REST operations',
    `Every call and every answer in our tests is held against GitHub's own description (${source}): path, parameters, body, status and shape. An operation that the product calls and that is missing here fails a test. Everything else is 404.`,
    operations(),
    '## As on GitHub',
    list([
      'Tokens: the JWT of the App, installation tokens narrowed to repositories and permissions (one hour), tokens of people. What a caller may not see is 404; what an App lacks is 403 with `x-accepted-github-permissions`.',
      'Conditional reads: `ETag`, `Last-Modified`; 304 costs nothing.',
      'Rate limit: 5,000 calls an hour for each installation and person, 60 without a token, counted in the headers; `setRateLimit` changes it.',
      'Lists: `per_page` up to 100, `Link` headers.',
      'Commits, diffs, merges and comparisons are those of a real git repository.'
    ]),
    '## Faults on command',
    list([
      ...Object.entries(CALL_FAULTS).map(([name, words]) => `\`faults.${name}\`: ${words}`),
      '`faults.deliveries`: webhooks that are dropped, doubled, late, out of order or refused.'
    ]),
    '## In a browser',
    'Pages at the addresses of GitHub, without a script. What a person does there goes through the REST API, so refusals are those of the API, shown in words. Forms of other sites are refused.',
    list([
      'At the top of each page: who you are. One person is chosen for all pages, with the role in the repository; the first page adds people, who are strangers everywhere.',
      '`/OWNER/NAME`: issues and pull requests by state, a new issue, check runs. `/OWNER/NAME/labels`: labels and a new one.',
      'Issues: comments and editing your own, labels on and off, close and reopen, and who did what when.',
      'Pull requests: checks, reviews, comments on lines, the merge, commits, and the changes file by file.',
      'Check runs: their buttons and "Re-run"; the page looks again by itself until the run is completed.',
      '`/settings/apps/SLUG/advanced`: deliveries of the App, and sending one again. The first page says how many wait and how many failed.',
      '`/_sandbox/faults`: the faults above, ordered and cleared by hand.'
    ]),
    '## Not here',
    'Actions do not run (workflows are only listed). No deployments, environments, secrets, releases, projects, milestones, teams, search, forks, OAuth, branch protection or rulesets.',
    '## Where it leaves the description',
    table(
      ['Operation', 'Reason'],
      DEVIATIONS.map(({ operation, reason }) => [`\`${operation}\``, reason])
    ),
    '## Differences to emulate',
    "One contract suite runs against the sandbox and against `emulate@0.12.2`, an independent reading of GitHub's behaviour, for what both have. The run fails on a difference that is not in this table, and on a row that is no longer true. Reactions, the deliveries of the App, the repositories of an installation, GraphQL and git over HTTP are not in emulate, so they are not compared.",
    table(
      ['', 'emulate', 'GitHub, and we', 'Why it matters'],
      EMULATE_DIFFERENCES.map(({ id, emulate, github, reason }) => [id, emulate, github, reason])
    )
  ]
}

/** One line a path, so that the list can be read. */
function operations(): string {
  const methods = new Map<string, string[]>()
  for (const name of Object.keys(readDescription().operations)) {
    const [method = '', path = ''] = name.split(' ')
    methods.set(path, [...(methods.get(path) ?? []), method])
  }
  const rows = [...methods].sort(([a], [b]) => (a < b ? -1 : 1))
  return table(
    ['Path', 'Methods'],
    rows.map(([path, found]) => [`\`${path}\``, found.join(', ')])
  )
}

function list(items: readonly string[]): string {
  return items.map(item => `- ${item}`).join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
