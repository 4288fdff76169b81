import { expect, test } from '@jest/globals'
import { readManifest } from './manifest.ts'

const GOOD = {
  name: 'my app',
  url: 'https://example.com',
  hook_attributes: { url: 'https://example.com/hook' },
  redirect_url: 'https://example.com/back',
  setup_url: 'https://example.com/setup',
  default_permissions: { issues: 'write', contents: 'read' },
  default_events: ['issues', 'push']
}

test('a manifest is read as it is, with what is left out as GitHub has it', () => {
  expect(readManifest(JSON.stringify(GOOD)).manifest).toEqual({
    name: 'my app',
    description: null,
    externalUrl: 'https://example.com',
    setupUrl: 'https://example.com/setup',
    redirectUrl: 'https://example.com/back',
    public: false,
    hook: { url: 'https://example.com/hook', active: true },
    permissions: { metadata: 'read', issues: 'write', contents: 'read' },
    events: ['issues', 'push']
  })
  const least = readManifest(JSON.stringify({ url: 'https://example.com' }), ' named here ')
  expect(least.manifest).toMatchObject({
    name: 'named here',
    hook: null,
    redirectUrl: null,
    permissions: { metadata: 'read' },
    events: []
  })
})

test.each([
  ['no JSON', 'x', 'The manifest is not a JSON object'],
  ['a list', '[]', 'The manifest is not a JSON object'],
  ['no url', { url: undefined }, "Url can't be blank"],
  ['a url that is none', { url: 'javascript:alert(1)' }, 'Url must be a valid URL'],
  ['a hook without url', { hook_attributes: {} }, "Hook url can't be blank"],
  ['a redirect that is no address', { redirect_url: 'back' }, 'Redirect url must be a valid URL'],
  ['a long name', { name: 'x'.repeat(35) }, 'Name is too long (maximum is 34 characters)'],
  [
    'a permission that is none',
    { default_permissions: { issues: 'write', contents: 'read', coffee: 'read' } },
    'Default permission records resource is not included in the list: coffee'
  ],
  [
    'an access that is none',
    { default_permissions: { issues: 'write', contents: 'all' }, default_events: [] },
    'Default permission records action is not included in the list: contents'
  ],
  [
    'an event that is sent to every App',
    { default_events: ['installation'] },
    'Default events unsupported: installation'
  ],
  [
    'events without their permission',
    { default_events: ['issues', 'check_run', 'pull_request'] },
    'Default events are not supported by permissions: check_run, pull_request'
  ]
])('%s is refused in the words of GitHub', (_what, change, error) => {
  const text = typeof change === 'string' ? change : JSON.stringify({ ...GOOD, ...change })
  expect(readManifest(text)).toEqual({ manifest: null, errors: [error] })
})

test('all errors are named at once', () => {
  const { errors } = readManifest(JSON.stringify({ name: 'x'.repeat(40), hook_attributes: {} }))
  expect(errors?.length).toBe(3)
})
