/** OpenAI's Codex CLI: `codex exec --json`, prompt on standard input, its home inside the session folder. */
import { dirname, join } from 'node:path'
import type { Agent, AgentStart } from './agent.ts'
import { parseCodexLine } from './codex-lines.ts'

/** Thread ids are UUIDs; what an earlier agent printed as one must not become an option. */
const THREAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const codex: Agent = {
  name: 'codex',
  // The oldest that was tried; events, session files and settings changed often before it.
  program: { oldest: '0.169.0', install: 'npm install --global @openai/codex@latest' },
  // Where its sandbox does not work, it fails every command and ends as if all were well.
  sandboxTry: ['sandbox', '--', 'true'],
  // A resume needs the rollout files alone: the databases beside them are made anew from these.
  sessionPaths: ['sessions'],
  start(input) {
    const { choice, session, sessionDir } = input
    const id = session?.id ?? null
    const resume = id !== null && THREAD_ID.test(id) ? id : null
    return {
      argv: [
        ...choice.command,
        'exec',
        ...(resume === null ? [] : ['resume']),
        '--json',
        '--skip-git-repo-check',
        ...(choice.model === null ? [] : [`--model=${choice.model}`]),
        ...(choice.reasoning === null ? [] : ['-c', effort(choice.reasoning)]),
        ...(resume === null ? [] : [resume]),
        '-'
      ],
      env: { CODEX_HOME: sessionDir },
      folders: [sessionDir],
      files: [{ path: join(sessionDir, 'config.toml'), text: configuration(input) }],
      stdinFile: input.promptFile
    }
  },
  parse: parseCodexLine
}

function effort(reasoning: string): string {
  return `model_reasoning_effort=${quoted(reasoning === 'extra-high' ? 'xhigh' : reasoning)}`
}

/**
 * No approvals, because nobody could answer. In an isolated place no sandbox of its own either.
 * Plugins and apps are fetched from the internet at every start, so they are off. The provider names
 * no key: the runner adds it. Its retries last some two minutes, so that a passing limit ends no run.
 */
function configuration(input: AgentStart): string {
  const own = !input.isolated && input.sandboxWorks
  return `model_provider = "stagewright"
approval_policy = "never"
sandbox_mode = ${own ? '"workspace-write"' : '"danger-full-access"'}
check_for_update_on_startup = false
${own ? workspace(input) : ''}
[features]
plugins = false
apps = false

[history]
persistence = "none"

[analytics]
enabled = false

[feedback]
enabled = false

[model_providers.stagewright]
name = "Stagewright"
base_url = ${quoted(input.models.openai)}
wire_api = "responses"
stream_max_retries = 9
`
}

/**
 * Its commands and edits may write the tree, TMPDIR and /tmp by themselves, and what is named here. Of
 * these it would keep only `.git` closed, without which there are no commits; 0.169.0 opens it when it
 * is named. Its home stays closed: it holds this configuration. All may be read, and the network is open.
 */
function workspace({ tree, home, resultFile }: AgentStart): string {
  const roots = [join(tree, '.git'), dirname(resultFile), home]
  return `
[sandbox_workspace_write]
network_access = true
writable_roots = [${roots.map(quoted).join(', ')}]
`
}

/** A JSON string is a basic string of TOML too. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
