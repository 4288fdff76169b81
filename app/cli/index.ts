/** The `stagewright` command line. */
import { Command, CommanderError } from 'commander'
import { VERSION } from '#app/version.ts'
import { addDeliveries } from './commands/deliveries.ts'
import { addDemo } from './commands/demo.ts'
import { addDoctor } from './commands/doctor.ts'
import { addMigrate } from './commands/migrate.ts'
import { addRunCancel } from './commands/run-cancel.ts'
import { addRunRetry } from './commands/run-retry.ts'
import { addRunShow } from './commands/run-show.ts'
import { addRuns } from './commands/runs.ts'
import { addSandbox } from './commands/sandbox.ts'
import { addStart } from './commands/start.ts'
import { ExitCode, type Io, reportError } from './io.ts'

const USAGE = 2

/** Runs one command line (without node and script) and answers the exit code: 0 ok, 1 failed, 2 usage or configuration. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const program = makeProgram(io)
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof ExitCode) return error.code
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    return reportError(io, error, args.includes('--json'))
  }
}

function makeProgram(io: Io): Command {
  const program = new Command('stagewright')
    .description(
      'A GitHub App that carries an issue from idea to running software, with AI agents doing the work and the owner deciding.'
    )
    .version(VERSION)
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 failed, 2 wrong usage or configuration.

Examples:
  $ stagewright demo          the whole way from issue to pull request on this machine, no account needed
  $ stagewright start         the server for your GitHub App
  $ stagewright runs --json   what ran`
    )
  configure(program, io)
  addStart(program, io)
  addMigrate(program, io)
  addRuns(program, io)
  const run = program
    .command('run')
    .summary('show, cancel or retry one run')
    .description('One run: show, cancel, retry.')
  addRunShow(run, io)
  addRunCancel(run, io)
  addRunRetry(run, io)
  addDeliveries(program, io)
  addDoctor(program, io)
  addDemo(program, io)
  addSandbox(program, io)
  return program
}

/** Before the first subcommand: they inherit it. */
function configure(program: Command, io: Io): void {
  program
    .exitOverride()
    .showHelpAfterError('(--help shows what is possible)')
    .configureOutput({
      writeOut: text => void io.stdout.write(text),
      writeErr: text => void io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false
    })
}
