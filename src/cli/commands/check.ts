import type { Command } from 'commander';
import { type CheckReport, checkConnection } from '../../operations/check.ts';
import { type CommonOptions, command, withContext } from '../command.ts';
import { CommandFailed } from '../failures.ts';
import type { Io } from '../io.ts';
import { table } from '../table.ts';

export function checkCommand(io: Io): Command {
  return command(
    'check',
    'what the sync user, the database or Temporal lack, and what it costs',
  ).action((options: CommonOptions) =>
    withContext(options, io, ['salesforce', 'database'], async (context) => {
      const { connection, database } = context;
      const report = await checkConnection(connection, database, () => context.temporal());
      context.print(report, () => reportText(report));
      if (!report.ok) {
        const count = report.findings.filter(({ severity }) => severity === 'error').length;
        throw new CommandFailed(
          `${count} of the findings ${count === 1 ? 'stops' : 'stop'} something from working: do what ${count === 1 ? 'its remedy says' : 'their remedies say'}, then check again.`,
        );
      }
    }),
  );
}

function reportText({ connection, orgId, username, findings }: CheckReport): string {
  const head = orgId === null ? '' : `Connection ${connection}: org ${orgId} as ${username}\n`;
  if (findings.length === 0) return `${head}Nothing is missing.\n`;
  return `${head}${table(
    ['', 'what', 'what it costs', 'remedy'],
    findings.map(({ severity, what, cost, remedy }) => [severity, what, cost, remedy].map(wrap)),
  )}`;
}

/** A cell's text in lines that let four columns stand side by side. */
function wrap(text: string): string {
  return text.replace(/(.{1,38})(?:\s+|$)/g, '$1\n').trimEnd();
}
