/** What stands in a sandbox that is started alone: people, repositories, an App, and its settings as files. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_FILES } from '#app/cli/demo/repository.ts'
import { AppError } from '#app/core/errors.ts'
import { type Sandbox, startSandbox } from '#app/sandbox/index.ts'
import { type AppSettings, envFile, probotSettings, stagewrightSettings } from './settings.ts'

/** Who is there, and what each may do in every repository; null: what is public, like anybody. */
const PEOPLE = { mona: 'admin', lina: 'write', sam: null } as const
const OWNER = 'mona'

export interface SandboxWish {
  /** 0: a free one. */
  readonly port: number
  readonly webhook: string
  /** Null: a fresh one. */
  readonly secret: string | null
  /** `OWNER/NAME` each. */
  readonly repositories: readonly string[]
  /** False: none, until somebody registers one on the pages. */
  readonly app: boolean
}

export interface Person {
  readonly login: string
  readonly role: string
  readonly token: string
}

export interface OpenedSandbox {
  readonly sandbox: Sandbox
  readonly people: readonly Person[]
  readonly repositories: readonly string[]
  /** Null without an App. Both files are for `node --env-file`, readable by this user alone. */
  readonly app: (AppSettings & { readonly slug: string; readonly files: SettingsFiles }) | null
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

interface SettingsFiles {
  readonly probot: string
  readonly stagewright: string
}

/** Starts it in a folder of its own. A taken port is CONFLICT; nothing is left when it throws. */
export async function openSandbox(wish: SandboxWish): Promise<OpenedSandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewright-sandbox-'))
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const sandbox = await start(folder, wish)
    try {
      const people = await populate(sandbox, wish)
      return {
        sandbox,
        people,
        repositories: wish.repositories,
        app: wish.app ? await introduceApp(sandbox, folder, wish) : null,
        async close() {
          await sandbox.close()
          await removeFolder()
        }
      }
    } catch (error) {
      await sandbox.close()
      throw error
    }
  } catch (error) {
    await removeFolder()
    throw error
  }
}

async function start(folder: string, { port, app }: SandboxWish): Promise<Sandbox> {
  const github = join(folder, 'github')
  await mkdir(github, { mode: 0o700 })
  try {
    return await startSandbox({ folder: github, port, app: app ? 'own' : 'none' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const what = 'something listens there already; choose another --port, or none'
    throw new AppError('CONFLICT', `starting the sandbox on port ${port}: ${what}`)
  }
}

async function populate(sandbox: Sandbox, wish: SandboxWish): Promise<readonly Person[]> {
  for (const fullName of wish.repositories) {
    const [owner = '', name = ''] = fullName.split('/')
    await sandbox.createRepository({ owner, name, files: DEMO_FILES })
    for (const [login, role] of Object.entries(PEOPLE)) {
      if (role !== null) sandbox.addCollaborator(fullName, login, role)
    }
  }
  return Object.entries(PEOPLE).map(([login, role]) => ({
    login,
    role: role ?? 'stranger',
    token: sandbox.person(login).token
  }))
}

async function introduceApp(
  sandbox: Sandbox,
  folder: string,
  wish: SandboxWish
): Promise<OpenedSandbox['app']> {
  const { id: appId, slug, privateKey } = sandbox.app
  const webhookSecret = wish.secret ?? randomBytes(32).toString('hex')
  sandbox.setWebhook({ url: wish.webhook, secret: webhookSecret })
  const settings = { appId, webhookSecret, privateKeyPath: join(folder, 'app.pem') }
  const files = { probot: join(folder, 'probot.env'), stagewright: join(folder, 'stagewright.env') }
  const mode = { mode: 0o600 }
  await writeFile(settings.privateKeyPath, privateKey, mode)
  await writeFile(files.probot, envFile(probotSettings(sandbox, settings)), mode)
  const own = stagewrightSettings(sandbox, settings, OWNER)
  await writeFile(files.stagewright, envFile(own), mode)
  return { ...settings, slug, files }
}
