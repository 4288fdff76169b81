import { expect, test } from '@jest/globals'
import type { Membership } from '#app/core/project.ts'
import { decideActor } from './actor.ts'

const none: Membership = { platformRole: 'none', projectRole: null }
const open = { allowGitHubWriters: true }
const strict = { allowGitHubWriters: false }
const person = { id: 1, login: 'alice', type: 'User' }
const allowed = (by: string): object => ({ allowed: true, by })
const refused = { kind: 'refuse', reason: 'sender_not_allowed' }

test.each<[string, Membership | null, { allowGitHubWriters: boolean }, string | null, object]>([
  [
    'the platform owner',
    { ...none, platformRole: 'owner' },
    strict,
    null,
    allowed('platform_role')
  ],
  [
    'a platform admin',
    { ...none, platformRole: 'admin' },
    strict,
    'none',
    allowed('platform_role')
  ],
  ['a project admin', { ...none, projectRole: 'admin' }, strict, null, allowed('project_role')],
  [
    'a member who may write',
    { ...none, projectRole: 'read_write' },
    strict,
    null,
    allowed('project_role')
  ],
  [
    'a member who may read, of a strict project',
    { ...none, projectRole: 'read' },
    strict,
    'write',
    refused
  ],
  [
    'a member who may read, before GitHub was asked',
    { ...none, projectRole: 'read' },
    open,
    null,
    { needs: 'github-permission' }
  ],
  ['a stranger, before GitHub was asked', null, open, null, { needs: 'github-permission' }],
  ['a stranger to a strict project', null, strict, 'admin', refused],
  ['a stranger who may push', null, open, 'write', allowed('github_permission')],
  ['a maintainer', null, open, 'maintain', allowed('github_permission')],
  ['a repository admin', null, open, 'admin', allowed('github_permission')],
  ['a triager', null, open, 'triage', refused],
  ['a reader', null, open, 'read', refused],
  ['somebody without access', null, open, 'none', refused],
  ['a permission we do not know', null, open, 'WRITE', refused]
])('%s', (_who, membership, project, githubPermission, decision) => {
  expect(decideActor({ sender: person, membership, project, githubPermission })).toMatchObject(
    decision
  )
})

test.each(['Bot', 'Organization', 'Mannequin', 'user', ''])(
  'an account of type %j is refused, even an owner’s',
  type => {
    const membership: Membership = { platformRole: 'owner', projectRole: 'admin' }
    const decision = decideActor({
      sender: { ...person, type },
      membership,
      project: open,
      githubPermission: 'admin'
    })
    expect(decision).toMatchObject({
      kind: 'refuse',
      reason: 'sender_type_not_permitted',
      params: { type }
    })
  }
)
