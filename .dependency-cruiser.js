/**
 * The ring table of docs/architecture.md, one rule a row: what a ring may import, everything else is
 * forbidden. Tests, `testing`, `cli`, `bench` and `scenarios` are people's and tests' ways in.
 */
const TESTS = '\\.(test|contract)\\.ts$|\\.(db|cluster|browser|root|story)\\.test\\.ts$'

/** @param {string} ring @param {string} from @param {readonly string[]} may paths a ring may import */
function row(ring, from, may) {
  return {
    name: `ring:${ring}`,
    comment: `${ring} may import only: ${may.join(', ')}`,
    severity: 'error',
    from: { path: from, pathNot: TESTS },
    to: { pathNot: may.map(path => `^${path}`), dependencyTypesNot: ['core'] }
  }
}

const CORE = 'app/core/'
const ZOD = 'node_modules/zod/'
const PORTS = 'app/ports/'

/** One home for each SDK (house: "Each SDK has one home"). */
function home(sdk, rooms) {
  return {
    name: `home:${sdk}`,
    severity: 'error',
    from: {
      path: '^(app|executors|migrations)/',
      pathNot: [...rooms.map(room => `^${room}`), TESTS]
    },
    to: { path: `^node_modules/${sdk}/` }
  }
}

export default {
  forbidden: [
    row('core', '^app/core/', [CORE, ZOD]),
    row('stages', '^app/stages/', [CORE, ZOD, 'app/stages/']),
    row('commands', '^app/commands/', [CORE, ZOD, 'app/commands/']),
    row('replies', '^app/replies/', [CORE, ZOD, 'app/replies/']),
    row('prompts', '^app/prompts/', [CORE, ZOD, 'app/prompts/']),
    row('ports', '^app/ports/', [CORE, PORTS]),
    row('usecases', '^app/usecases/', [
      CORE,
      PORTS,
      'app/(stages|commands|replies|prompts|usecases)/'
    ]),
    row('adapters', '^app/adapters/([^/]+)/', [
      CORE,
      PORTS,
      'app/adapters/$1/',
      'migrations/',
      'node_modules/'
    ]),
    row('executors', '^executors/(local|scripted)/', [
      CORE,
      PORTS,
      'executors/$1/',
      'executors/runner/'
    ]),
    row('runner', '^executors/runner/', ['executors/runner/', CORE]),
    row('edges', '^app/edges/([^/]+)/', [
      CORE,
      PORTS,
      ZOD,
      'app/(contract|commands|tools|usecases)/',
      'app/edges/$1/',
      'node_modules/'
    ]),
    row('migrations', '^migrations/', ['migrations/', 'node_modules/knex/']),
    row('sandbox', '^app/sandbox/', [CORE, 'app/sandbox/', 'node_modules/(hono|@hono|graphql)/']),
    row('config', '^app/config[./]', [CORE, ZOD, 'node_modules/yaml/', 'app/config/']),
    {
      name: 'ring:runner-built-ins',
      comment:
        'the runner programs import only node: built-ins at run time; types from core (decisions 27)',
      severity: 'error',
      from: { path: '^executors/runner/', pathNot: TESTS },
      to: { pathNot: '^executors/runner/', dependencyTypesNot: ['core', 'type-only'] }
    },
    {
      name: 'nobody-imports-ways-in',
      comment: 'cli, bench, scenarios and testing are imported by nobody but each other and tests',
      severity: 'error',
      from: {
        path: '^(app|executors|migrations)/',
        pathNot: ['^app/(cli|bench|scenarios|testing)/', TESTS]
      },
      to: { path: '^app/(cli|bench|scenarios|testing)/' }
    },
    {
      name: 'main-is-imported-by-ways-in-only',
      severity: 'error',
      from: { path: '^(app|executors)/', pathNot: ['^app/(cli|bench|scenarios|testing)/', TESTS] },
      to: { path: '^app/main\\.ts$' }
    },
    {
      name: 'bench-stays-outside-edges',
      comment: 'a benchmark measures what a caller meets: of an edge it knows the address alone',
      severity: 'error',
      from: { path: '^app/bench/' },
      to: { path: '^app/edges/', pathNot: '^app/edges/webhooks/route\\.ts$' }
    },
    home('probot', ['app/edges/webhooks/', 'app/bench/']),
    home('smee-client', ['app/edges/webhooks/']),
    home('@octokit/(core|auth-app|plugin-retry|plugin-paginate-rest)', ['app/adapters/github/']),
    home('(knex|pg|pg-boss)', ['app/adapters/postgres/', 'migrations/', 'app/(testing|bench)/']),
    home('@secretlint', ['app/adapters/secretlint/']),
    home('pino', ['app/adapters/system/']),
    home('prom-client', ['app/edges/http/']),
    home('commander', ['app/(cli|bench)/']),
    home('yaml', ['app/config/', 'app/adapters/github/']),
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: TESTS },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-in-product',
      severity: 'error',
      from: {
        path: '^(app|executors|migrations)/',
        pathNot: ['^app/(testing|scenarios|bench)/', TESTS]
      },
      to: { dependencyTypes: ['npm-dev'] }
    }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'default']
    }
  }
}
