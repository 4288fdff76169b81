import { createPrivateKey } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readAppManifest } from '#app/config/app-manifest.ts'
import { registrationManifest } from '#app/core/app-manifest.ts'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { createAppRegistry } from './app-registry.ts'

let folder = ''
let sandbox: Sandbox

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sw-registry-'))
  sandbox = await startSandbox({ folder, app: 'none' })
  sandbox.person('mona')
})
afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true })
})

/** What a person's browser does: the form, the confirmation, and back with a code. */
async function code(): Promise<string> {
  const manifest = registrationManifest(readAppManifest(), {
    name: 'Shop helper',
    hookUrl: 'http://127.0.0.1:9/api/github/webhooks',
    redirectUrl: 'http://127.0.0.1:9/setup/created',
    setupUrl: 'http://127.0.0.1:9/setup/installed'
  })
  const fields = { manifest: JSON.stringify(manifest), name: 'Shop helper', by: 'mona', state: 's' }
  const answer = await fetch(`${sandbox.url}/_sandbox/app-pages/register`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: sandbox.url },
    body: new URLSearchParams(fields)
  })
  return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
}

test('a code becomes the App with its key, secret and page, once', async () => {
  const registry = createAppRegistry()
  const given = await code()
  const app = await registry.convert(sandbox.apiUrl, given)
  expect(app).toMatchObject({ slug: 'shop-helper', name: 'Shop helper', owner: 'mona' })
  expect(createPrivateKey(app.privateKey).asymmetricKeyType).toBe('rsa')
  expect(app.webhookSecret.length).toBeGreaterThanOrEqual(20)
  expect(await fetch(`${app.pageUrl}/installations/new`)).toMatchObject({ status: 200 })
  await expect(registry.convert(sandbox.apiUrl, given)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('no answer is said without the code, which is a secret', async () => {
  const asking = createAppRegistry().convert('http://127.0.0.1:9', 'a-code-of-one-hour')
  await expect(asking).rejects.toMatchObject({
    code: 'GITHUB_UNAVAILABLE',
    message: expect.not.stringContaining('a-code-of-one-hour')
  })
})
