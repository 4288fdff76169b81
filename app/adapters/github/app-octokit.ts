import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'
import { guard, octokitDefaults } from './guard.ts'
import type { Limits } from './limits.ts'
import type { Settings } from './options.ts'

const BUCKET = 'github:app'

/** Octokit as the App itself, with its JWT, behind the limiter's bucket of the App; `reserve` points are left in it. */
export function createAppOctokit(settings: Settings, limits: Limits, reserve = 0): Octokit {
  const defaults = octokitDefaults(settings)
  const octokit = new Octokit({
    ...defaults,
    authStrategy: createAppAuth,
    auth: { appId: settings.appId, privateKey: settings.privateKey, log: defaults.log }
  })
  guard(octokit, { settings, limits, bucketOf: async () => BUCKET, reserve })
  return octokit
}
