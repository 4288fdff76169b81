/** The only reader of the environment in the runner's programs. */
import { fail } from './failure.ts'

/** What the runner host is told at its start; nothing of it is secret. */
export interface HostEnvironment {
  /** Absolute folder that holds the attempts and the host's own files. */
  readonly stateDir: string
  /** Folder for short-lived things with short paths (sockets). */
  readonly tempDir: string
  /** The host leaves after so many seconds without a live attempt. */
  readonly idleSeconds: number
}

/** What the launcher is told at its start. The agent shares its user, so nothing here is secret. */
export interface LauncherEnvironment {
  /** Absolute folder of the run: home, tmp, tree, session and the file that names the socket. */
  readonly place: string
  readonly path: string
  /** The run's place keeps the agent from the rest of this machine. */
  readonly isolated: boolean
  /** A node that this user cannot reach; a command that names it gets the launcher's own. */
  readonly nodeInsteadOf: string | null
}

export function readHostEnvironment(): HostEnvironment {
  return {
    stateDir: required('STAGEWRIGHT_HOST_STATE_DIR'),
    tempDir: required('STAGEWRIGHT_HOST_TEMP_DIR'),
    idleSeconds: Number(required('STAGEWRIGHT_HOST_IDLE_SECONDS'))
  }
}

export function readLauncherEnvironment(): LauncherEnvironment {
  return {
    place: required('STAGEWRIGHT_PLACE'),
    path: required('PATH'),
    isolated: required('STAGEWRIGHT_ISOLATION') !== 'none',
    nodeInsteadOf: process.env.STAGEWRIGHT_NODE_INSTEAD_OF ?? null
  }
}

function required(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') {
    throw fail(
      'CONFIG_INVALID',
      `reading the environment: ${name} is not set; the executor sets it`
    )
  }
  return value
}
