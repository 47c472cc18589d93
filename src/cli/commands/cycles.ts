import type { Command } from 'commander';
import { type CycleEntry, listCycles, type StepEntry } from '../../operations/cycles.ts';
import { type CommonOptions, command, instant, wholeNumber, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { shortTime, table } from '../table.ts';

interface Options extends CommonOptions {
  limit: number;
  object?: string;
  operation?: string;
  status?: string;
  since?: Date;
  until?: Date;
}

export function cyclesCommand(io: Io): Command {
  return command('cycles', 'the last cycles, and what each step did')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .option('--object <name>', 'cycles and steps of one object')
    .option('--operation <name>', 'such as "pull updates" or "push new"')
    .option('--status <status>', 'running, done, failed or stopped')
    .option('--since <instant>', 'started at or after', instant)
    .option('--until <instant>', 'started before', instant)
    .action((options: Options) =>
      withContext(options, io, ['database'], async (context) => {
        const cycles = await listCycles(context.database, options);
        context.print(cycles, () => cyclesText(cycles));
      }),
    );
}

const COUNTS = [
  'new',
  'updated',
  'deleted',
  'undeleted',
  'failed',
  'skipped',
  'conflicts',
] as const;

function cyclesText(cycles: readonly CycleEntry[]): string {
  if (cycles.length === 0) return 'No cycles.\n';
  const counts = (step: StepEntry) =>
    COUNTS.filter((key) => step[key] > 0)
      .map((key) => `${step[key]} ${key}`)
      .join(', ');
  return table(
    ['cycle', 'started (UTC)', 'ended (UTC)', 'status', 'what'],
    cycles.map(({ cycle, startedAt, endedAt, status, reason, steps }) => {
      const lines = steps
        .map((step) => ({ step, text: step.reason ?? counts(step) }))
        .filter(({ text }) => text !== '')
        .map(({ step, text }) => `${step.object ?? 'all'}, ${step.operation}: ${text}`);
      const what = [...(reason ? [reason] : []), ...lines].join('\n') || 'nothing to do';
      return [cycle, shortTime(startedAt), shortTime(endedAt), status, what];
    }),
  );
}
