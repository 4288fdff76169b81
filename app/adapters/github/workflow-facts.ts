import { parse } from 'yaml'
import { readWorkflow } from '#app/core/doctor/read-workflow.ts'
import type { WorkflowFacts } from '#app/core/doctor/workflows.ts'
import type { WorkflowFile } from './workflow-files.ts'

/** A person's file, so it may be anything: what is no YAML, or a bomb of aliases, is `unreadable`. */
export function workflowFacts(file: WorkflowFile, defaultBranch: string): WorkflowFacts {
  const unread = { path: file.path, onPush: false, onPullRequest: false, secrets: [] }
  if (file.text === null) return { ...unread, unreadable: 'GitHub gives no text of it' }
  try {
    // YAML 1.2: `on` is a word there, and no boolean.
    const document: unknown = parse(file.text, { version: '1.2', maxAliasCount: 50 })
    return readWorkflow(file.path, document, defaultBranch)
  } catch (error) {
    const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''
    return { ...unread, unreadable: said === '' ? 'it is no YAML' : said }
  }
}
