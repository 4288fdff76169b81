/**
 * Makes `github.json` anew. Run by a maintainer when GitHub's description has moved on:
 * `node app/sandbox/openapi/slice.ts --from FOLDER`. The package (385 MB) is installed into that
 * folder, which stands outside of the project; it is no dependency.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { argv, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { OPERATIONS } from './operations.ts'
import { sliceDocument } from './slice-document.ts'

const PACKAGE = '@octokit/openapi'
const VERSION = '23.0.2'

const { values } = parseArgs({ args: argv.slice(2), options: { from: { type: 'string' } } })
if (values.from === undefined) throw new Error('say where the package may stand: --from FOLDER')
const folder = resolve(values.from)
const generated = join(folder, 'node_modules', PACKAGE, 'generated/api.github.com.json')
if (!existsSync(generated)) {
  const install = ['install', '--prefix', folder, '--no-save', `${PACKAGE}@${VERSION}`]
  execFileSync('npm', install, { stdio: 'inherit' })
}
const manifest = JSON.parse(
  readFileSync(join(folder, 'node_modules', PACKAGE, 'package.json'), 'utf8')
)
if (manifest.version !== VERSION) {
  throw new Error(`${folder} holds ${PACKAGE}@${manifest.version}; the slice is of ${VERSION}`)
}
const document: unknown = JSON.parse(readFileSync(generated, 'utf8'))
const slice = sliceDocument(document, OPERATIONS, `${PACKAGE}@${VERSION} api.github.com`)
const text = lines(slice)
writeFileSync(new URL('./github.json', import.meta.url), text)
stdout.write(
  `${Object.keys(slice.operations).length} operations, ${Object.keys(slice.schemas).length} schemas, ${Math.round(text.length / 1024)} KB\n`
)

/** One operation or schema on a line, so that a change can be read. */
function lines(from: typeof slice): string {
  const each = (map: Readonly<Record<string, unknown>>): string =>
    Object.entries(map)
      .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
      .join(',\n')
  const { source, operations, schemas } = from
  return `{"source":${JSON.stringify(source)},\n"operations":{\n${each(operations)}\n},\n"schemas":{\n${each(schemas)}\n}}\n`
}
