import type { Stage } from '#app/core/stage.ts'

export const dev: Stage = {
  name: 'dev',
  role: 'dev',
  summary: 'Code, tests and docs for the issue, as one pull request.',
  revisable: true,
  writeScope: { allow: ['**'], protect: true },
  timeoutSeconds: 3600
}
