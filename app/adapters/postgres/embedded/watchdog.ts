/** Ends a throwaway server when the process that started it is gone, even by SIGKILL. */
import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { type Cluster, SERVER_ENVIRONMENT } from './cluster.ts'

/**
 * Waits on a pipe that the kernel closes with us. The pid is read at that moment, because the server
 * may have ended long before and its number gone to a stranger.
 */
const SCRIPT = `
read -r word
[ "$word" = done ] && exit 0
file="$1/data/postmaster.pid"
pid=$(head -n 1 "$file" 2>/dev/null)
[ -n "$pid" ] && kill -INT "$pid" 2>/dev/null
n=0
while [ -e "$file" ] && [ "$n" -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
[ -e "$file" ] && kill -QUIT "$pid" 2>/dev/null
rm -rf -- "$1"
`

/** Starts watching; the returned function calls it off. Neither keeps this process alive. */
export function watch(cluster: Cluster): () => void {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'stagewright-watchdog', cluster.folder], {
    cwd: '/',
    env: { ...SERVER_ENVIRONMENT },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true
  })
  // Without a shell the next start still finds and removes what was left.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return () => child.stdin.end('done\n')
}
