import { expect, test } from '@jest/globals'
import { typedCommand } from './typed-command.ts'

test.each([
  ['/bin/bash -lc ls', 'ls'],
  ["/bin/bash -c 'npm test'", 'npm test'],
  [`/bin/bash -c "cat 'a b.js'"`, "cat 'a b.js'"],
  [`/bin/bash -lc "echo \\"\\$HOME\\" \\\\n"`, 'echo "$HOME" \\n'],
  [
    `/bin/bash -c 'cat > "$F" <<'"'END'\n{\\"a\\":\\"it's\\"}\nEND'"`,
    `cat > "$F" <<'END'\n{"a":"it's"}\nEND'`
  ],
  ['/usr/bin/zsh -c echo\\ hi', 'echo hi'],
  ['/bin/bash -c echo hi', 'echo hi'],
  ["/bin/bash -c 'no end", "'no end"],
  ['npm test', 'npm test']
])('%s was typed as %s', (command, typed) => {
  expect(typedCommand(command)).toBe(typed)
})
