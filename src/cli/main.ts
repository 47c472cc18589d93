import { pathToFileURL } from 'node:url';
import { Command, CommanderError } from 'commander';
import { withCommonOptions } from './command.ts';
import { actionCommand } from './commands/action.ts';
import { checkCommand } from './commands/check.ts';
import { compareCommand } from './commands/compare.ts';
import { conflictsCommand } from './commands/conflicts.ts';
import { cyclesCommand } from './commands/cycles.ts';
import { errorsCommand } from './commands/errors.ts';
import { fieldsCommand } from './commands/fields.ts';
import { migrateCommand } from './commands/migrate.ts';
import { noticesCommand } from './commands/notices.ts';
import { pauseCommand } from './commands/pause.ts';
import { replayCommand } from './commands/replay.ts';
import { resumeCommand } from './commands/resume.ts';
import { setPauseCommand } from './commands/set-pause.ts';
import { setupCommand } from './commands/setup.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { syncCommand } from './commands/sync.ts';
import { workerCommand } from './commands/worker.ts';
import { explain, oneLine, WrongUse } from './failures.ts';
import { type Io, processIo } from './io.ts';

const COMMANDS = [
  startCommand,
  statusCommand,
  pauseCommand,
  resumeCommand,
  syncCommand,
  actionCommand,
  setPauseCommand,
  setupCommand,
  checkCommand,
  cyclesCommand,
  errorsCommand,
  conflictsCommand,
  compareCommand,
  fieldsCommand,
  noticesCommand,
  replayCommand,
  workerCommand,
  migrateCommand,
];

/**
 * `tandem <command>`. Returns the exit code: 0 done, 1 failed, 2 wrong use; a failure is one line on
 * stderr that says what to do.
 */
export async function main(argv: readonly string[], io: Io = processIo): Promise<number> {
  const program = withCommonOptions(new Command('tandem'))
    .description('Keeps a Salesforce org and a marketing database in step.')
    .helpCommand(false)
    .enablePositionalOptions()
    .hook('preAction', (top, action) => {
      for (const [key, value] of Object.entries(top.opts())) {
        if (action.getOptionValue(key) === undefined) action.setOptionValue(key, value);
      }
    });
  for (const make of COMMANDS) program.addCommand(make(io));
  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(`${oneLine(text)} See \`tandem --help\`.\n`),
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    // commander has said what is wrong; help that was asked for is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    io.err(`${explain(error)}\n`);
    return error instanceof WrongUse ? 2 : 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const code = await main(process.argv.slice(2));
  // What is still on its way to a pipe must arrive first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
