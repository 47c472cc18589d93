import type { Command } from 'commander';
import { type ConflictEntry, listConflicts } from '../../operations/conflicts.ts';
import { type CommonOptions, command, wholeNumber, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { shortTime, table } from '../table.ts';

interface Options extends CommonOptions {
  limit: number;
  object?: string;
  field?: string;
}

export function conflictsCommand(io: Io): Command {
  return command(
    'conflicts',
    'fields that both sides changed, with the three values and the winner',
  )
    .option('--limit <n>', 'how many', wholeNumber, 100)
    .option('--object <name>', 'of one object')
    .option('--field <name>', 'of one field, by its API name')
    .action((options: Options) =>
      withContext(options, io, ['database'], async (context) => {
        const conflicts = await listConflicts(context.database, options);
        context.print(conflicts, () => conflictsText(conflicts));
      }),
    );
}

function conflictsText(conflicts: readonly ConflictEntry[]): string {
  if (conflicts.length === 0) return 'No conflicts.\n';
  return table(
    ['at (UTC)', 'object', 'field', 'Salesforce id', 'before', 'Salesforce', 'marketing', 'winner'],
    conflicts.map(({ at, object, field, sfdcId, base, salesforce, marketing, winner }) => [
      shortTime(at),
      object,
      field,
      sfdcId,
      base,
      salesforce,
      marketing,
      winner,
    ]),
  );
}
