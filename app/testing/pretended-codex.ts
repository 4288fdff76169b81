/** A program that passes for the Codex CLI: it prints the sandbox that its configuration asks for. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `sandbox` is what it does when its sandbox is tried, as a line of shell. Answers its file. */
export function pretendedCodex(folder: string, sandbox: string): string {
  const file = join(folder, 'codex')
  const script = `#!/bin/sh
case "$1" in
  --version) echo 'codex-cli 99.0.0' ;;
  sandbox) ${sandbox} ;;
  *) grep sandbox_mode "$CODEX_HOME/config.toml" ;;
esac
`
  writeFileSync(file, script, { mode: 0o755 })
  return file
}
