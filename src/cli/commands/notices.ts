import type { Command } from 'commander';
import { listNotices, type NoticeEntry } from '../../operations/notices.ts';
import { type CommonOptions, command, wholeNumber, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { shortTime, table } from '../table.ts';

interface Options extends CommonOptions {
  limit: number;
  object?: string;
  kind?: string;
}

export function noticesCommand(io: Io): Command {
  return command('notices', 'what changed in the org: new and lost fields, new picklist values')
    .option('--limit <n>', 'how many', wholeNumber, 100)
    .option('--object <name>', 'of one object')
    .option('--kind <kind>', 'of one kind, such as "picklist value"')
    .action((options: Options) =>
      withContext(options, io, ['database'], async (context) => {
        const notices = await listNotices(context.database, options);
        context.print(notices, () => noticesText(notices));
      }),
    );
}

function noticesText(notices: readonly NoticeEntry[]): string {
  if (notices.length === 0) return 'No notices.\n';
  return table(
    ['at (UTC)', 'kind', 'what'],
    notices.map(({ at, kind, message }) => [shortTime(at), kind, message]),
  );
}
