/** Anthropic's Claude Code: `claude -p` with JSON lines, prompt on standard input, its home in the session folder. */
import type { Agent } from './agent.ts'
import { parseClaudeLine } from './claude-lines.ts'

/** Session ids are UUIDs; what an earlier agent printed as one must not become an option. */
const SESSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Allowed by name, and everything else refused without a question: works as any user, while
 * `--dangerously-skip-permissions` is refused for root. What stays refused is little: its own settings.
 * The same without isolation: its own sandbox is for commands alone, and needs bubblewrap and socat of
 * the machine and a list of every host that a command may reach.
 */
const ALLOWED =
  'Bash,Edit,Write,Read,NotebookEdit,Glob,Grep,WebFetch,WebSearch,Task,Agent,Skill,TodoWrite,ToolSearch'
/** Nothing wakes an agent later, and another worktree would not be handed over. */
const FORBIDDEN = 'CronCreate,ScheduleWakeup,EnterWorktree'

export const claude: Agent = {
  name: 'claude',
  // The oldest that was tried. It finds a session by its id in whatever project folder it lies, which
  // we rely on: those folders are named after the working folder, and every attempt has its own.
  program: { oldest: '2.1.329', install: 'npm install --global @anthropic-ai/claude-code@latest' },
  sandboxTry: null,
  sessionPaths: ['projects'],
  start({ choice, session, sessionDir, promptFile, models }) {
    const id = session?.id ?? null
    return {
      argv: [
        ...choice.command,
        '-p',
        '--output-format=stream-json',
        '--verbose',
        '--permission-mode=dontAsk',
        `--allowedTools=${ALLOWED}`,
        `--disallowedTools=${FORBIDDEN}`,
        '--strict-mcp-config',
        ...(choice.model === null ? [] : [`--model=${choice.model}`]),
        ...(choice.reasoning === null ? [] : [`--effort=${effort(choice.reasoning)}`]),
        ...(id !== null && SESSION_ID.test(id) ? [`--resume=${id}`] : [])
      ],
      env: {
        CLAUDE_CONFIG_DIR: sessionDir,
        ANTHROPIC_BASE_URL: models.anthropic,
        // No credential: without a value it asks for a login. The runner drops it and adds the real one.
        ANTHROPIC_API_KEY: 'added-by-the-runner',
        DISABLE_AUTOUPDATER: '1',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1'
      },
      folders: [sessionDir],
      files: [],
      stdinFile: promptFile
    }
  },
  parse: parseClaudeLine
}

function effort(reasoning: string): string {
  return reasoning === 'extra-high' ? 'xhigh' : reasoning
}
