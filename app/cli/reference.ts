/** Writes `docs/reference/*` from the code, or with `--check` says which page is out of date (exit 1). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { COMMAND_LIST } from '#app/commands/index.ts'
import { Environment } from '#app/config/environment.ts'
import { ConfigFile } from '#app/config/file.ts'
import { REFUSAL_REASONS } from '#app/core/decision.ts'
import { defaultLabelNames } from '#app/core/labels.ts'
import { StageResult } from '#app/core/result.ts'
import { FAILURE_REASONS } from '#app/core/run.ts'
import { STAGES } from '#app/stages/index.ts'
import { repliesSections } from './replies-page.ts'
import { sandboxSections } from './sandbox-page.ts'

const FOLDER = fileURLToPath(new URL('../../docs/reference/', import.meta.url))
const NOTE = '<!-- Made by `npm run docs` from the code. Do not edit. -->'

interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

/** Every page by file name. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'config.md': configPage(),
    'commands.md': commandsPage(),
    'reasons.md': reasonsPage(),
    'result.md': resultPage(),
    'replies.md': page('What people read on GitHub', repliesSections()),
    'sandbox.md': page('GitHub on your machine', sandboxSections())
  }
}

function configPage(): string {
  const environment = schemaOf(Environment)
  const rows = Object.entries(environment.properties ?? {}).map(
    ([key, schema]) => `| \`${key}\` | ${fallback(schema)} | ${cell(schema.description ?? '')} |`
  )
  return page('Configuration', [
    'All problems are reported at once, with what to do, and the process ends with exit code 2. An empty value counts as not set.',
    '## Environment',
    table('| Key | Default | Meaning |', rows),
    '## The file (`STAGEWRIGHT_CONFIG_FILE`, YAML)',
    'An unknown key is an error that names its line and column.',
    table('| Key | Default | Meaning |', fileRows(schemaOf(ConfigFile), ''))
  ])
}

function fileRows(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const path = `${prefix}${key}`
    if (inner.properties !== undefined && inner.description === undefined)
      return fileRows(inner, `${path}.`)
    return [`| \`${path}\` | ${fallback(inner)} | ${cell(inner.description ?? '')} |`]
  })
}

function commandsPage(): string {
  const names = defaultLabelNames()
  const commands = COMMAND_LIST.map(
    command => `| \`${command.usage.replaceAll('|', '\\|')}\` | ${cell(command.summary.en)} |`
  )
  const labels = Object.values(STAGES).flatMap(stage => [
    `| \`${names.run[stage.name]}\` | starts a ${stage.name} run: ${cell(stage.summary)} |`,
    ...(stage.revisable
      ? [`| \`${names.revise[stage.name]}\` | revises the open pull request of the issue |`]
      : [])
  ])
  return page('Commands and labels', [
    'A command is the first word of a line of a new comment on an issue or on a pull request of ours; up to five a comment. Quoted text, code and edited comments do not count. A slip of the pen is answered with the closest command; words that are nothing like ours are left to other bots. Whoever may not trigger is told so.',
    table('| Command | What it does |', commands),
    '## Labels',
    'The names can be changed in the configuration file. A trigger label stays on while its run is active; taking it off cancels the run.',
    table('| Label | What it does |', labels)
  ])
}

function reasonsPage(): string {
  return page('Reasons', [
    'The same word stands in the comment, the check run, the log, the audit and the metrics.',
    '## A trigger was refused',
    REFUSAL_REASONS.map(reason => `- \`${reason}\``).join('\n'),
    '## A run failed',
    FAILURE_REASONS.map(reason => `- \`${reason}\``).join('\n')
  ])
}

function resultPage(): string {
  const schema = JSON.stringify(z.toJSONSchema(StageResult, { io: 'input' }), null, 2)
  return page("An agent's result", [
    'An agent may write this JSON object to the file that `STAGEWRIGHT_RESULT_FILE` names. Without it, the last lines of its output are the summary.',
    `\`\`\`json\n${schema}\n\`\`\``
  ])
}

function schemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

function fallback(schema: JsonSchema): string {
  return schema.default === undefined || schema.default === ''
    ? ''
    : `\`${JSON.stringify(schema.default).replace(/^"|"$/g, '')}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
}

function table(head: string, rows: readonly string[]): string {
  return [head, head.replaceAll(/[^|]+/g, '---'), ...rows].join('\n')
}

function page(title: string, parts: readonly string[]): string {
  return `${[NOTE, `# ${title}`, ...parts].join('\n\n')}\n`
}

function main(check: boolean): number {
  mkdirSync(FOLDER, { recursive: true })
  const stale = Object.entries(referencePages()).filter(([name, text]) => {
    const path = `${FOLDER}${name}`
    return !existsSync(path) || readFileSync(path, 'utf8') !== text
  })
  if (check) {
    for (const [name] of stale)
      process.stderr.write(`docs/reference/${name} is out of date; run \`npm run docs\`\n`)
    return stale.length === 0 ? 0 : 1
  }
  for (const [name, text] of stale) writeFileSync(`${FOLDER}${name}`, text)
  process.stderr.write(`docs/reference: ${stale.length} written\n`)
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.includes('--check'))
