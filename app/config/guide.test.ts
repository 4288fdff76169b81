import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { Environment } from './environment.ts'
import { ConfigFile } from './file.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(ROOT, 'docs/guide')
const files = [
  ...readdirSync(FOLDER).map(name => join(FOLDER, name)),
  join(ROOT, 'README.md'),
  join(ROOT, 'docs/agents.md')
]
const pages = files.map(file => ({
  name: file.slice(ROOT.length),
  file,
  text: readFileSync(file, 'utf8')
}))

const shown = pages.flatMap(({ name, text }) =>
  [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, sample = '']) => ({ name, sample }))
)
/** Of Docker, not of ours. */
const isCompose = ({ sample }: { readonly sample: string }): boolean => /^services:$/m.test(sample)
const samples = shown.filter(one => !isCompose(one))

test.each(samples)('the file shown in $name would be taken as it stands', ({ sample }) => {
  expect(ConfigFile.safeParse(parse(sample)).error).toBeUndefined()
})

test('the file shown for Docker compose names volumes, arguments and settings that there are', () => {
  const [{ sample = '' } = {}] = shown.filter(isCompose)
  const { services, volumes } = parse(sample)
  const { build, environment, volumes: mounts, depends_on } = services.stagewright
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  for (const name of Object.keys(build.args)) expect(dockerfile).toContain(`ARG ${name}=`)
  expect(Object.keys(services)).toEqual(expect.arrayContaining(Object.keys(depends_on)))
  expect(Object.keys(Environment.shape)).toEqual(expect.arrayContaining(Object.keys(environment)))
  for (const mount of mounts) {
    const [volume, path] = mount.split(':')
    expect(Object.keys(volumes)).toContain(volume)
    expect(dockerfile).toMatch(new RegExp(`^VOLUME .*"${path}"`, 'm'))
  }
})

/** Set by the platform for an agent, not by a person for the server. */
const AGENTS_OWN =
  /^STAGEWRIGHT_(PROMPT_FILE|RESULT_FILE|SESSION_DIR|SESSION_RESUMED|RUN|ATTEMPT|MODEL|REASONING)$/

test.each(pages)('$name names no setting that there is not', ({ text }) => {
  const named = new Set(text.match(/\b(STAGEWRIGHT_[A-Z_]+|WEBHOOK_PROXY_URL|DATABASE_URL)\b/g))
  const known = Object.keys(Environment.shape)
  expect([...named].filter(key => !known.includes(key) && !AGENTS_OWN.test(key))).toEqual([])
})

test.each(pages)('$name links to nothing that is not there', ({ file, text }) => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link)
  expect(links.filter(link => !existsSync(join(dirname(file), link)))).toEqual([])
})
