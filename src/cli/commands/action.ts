import { type Command, InvalidArgumentError } from 'commander';
import { formatDuration } from '../../config.ts';
import {
  ACTION_KINDS,
  type ActionEntry,
  actionKind,
  requestAction,
  WrongAction,
  waitForAction,
} from '../../operations/actions.ts';
import { type CommonOptions, command, durationMs, withContext } from '../command.ts';
import { CommandFailed, WrongUse } from '../failures.ts';
import type { Io } from '../io.ts';

interface Options extends CommonOptions {
  person: string;
  wait?: boolean;
  timeout?: number;
  owner?: string;
  here?: boolean;
  subject?: string;
  description?: string;
  status?: string;
  priority?: string;
  dueIn?: number;
  campaign?: string;
  convertedStatus?: string;
  account?: string;
  contact?: string;
  /** False by --no-opportunity. */
  opportunity?: false | string;
  opportunityName?: string;
  notify?: boolean;
  merge?: string[];
}

const slug = (kind: string) => kind.toLowerCase().replaceAll(' ', '-');

export function actionCommand(io: Io): Command {
  return command('action', 'do something in Salesforce at once, also while paused')
    .argument('<kind>', ACTION_KINDS.map(slug).join(', '), kindOf)
    .requiredOption('--person <id>', 'id in marketing.person', uuid)
    .option('--wait', 'return when it has ended; exit code 1 when it failed')
    .option('--timeout <duration>', 'with --wait: give up waiting after it', durationMs)
    .option('--owner <owner>', 'user or queue: Salesforce id, email or name')
    .option('--here', 'delete-person: from marketing as well')
    .option('--subject <text>', 'create-task')
    .option('--description <text>', 'create-task')
    .option('--status <status>', 'of the task, or in the campaign')
    .option('--priority <priority>', 'create-task')
    .option('--due-in <days>', 'create-task: default 5', days)
    .option('--campaign <campaign>', 'Salesforce id or name')
    .option('--converted-status <status>', "convert-person: default the org's own")
    .option('--account <id>', 'convert-person: into this account')
    .option('--contact <id>', 'convert-person: into this contact of the account')
    .option('--opportunity <id>', 'convert-person: into this opportunity')
    .option('--no-opportunity', 'convert-person: without an opportunity')
    .option('--opportunity-name <name>', 'convert-person: of the new opportunity')
    .option('--notify', 'convert-person: tell the owner by email')
    .option('--merge <ids>', 'merge-people: ids of people, with commas between', uuids)
    .action((kind: string, options: Options) =>
      withContext(options, io, ['database'], async (context) => {
        const { database } = context;
        const request = { kind, personId: options.person, parameters: parametersOf(options) };
        const asked = await requestAction(database, request).catch((error: unknown) => {
          throw error instanceof WrongAction ? new WrongUse(error.message) : error;
        });
        const { wait = false, timeout = null } = options;
        const entry = wait ? await waitForAction(database, asked, timeout) : asked;
        context.print(entry, () => `${describe(entry)}\n`);
        if (!wait || entry.status === 'done') return;
        throw new CommandFailed(
          entry.status === 'failed'
            ? `${kind} failed (${entry.code}): ${entry.reason}`
            : `${kind} has not ended within ${formatDuration(timeout!)}: see marketing.salesforce_action, and whether a worker runs.`,
        );
      }),
    );
}

function parametersOf(options: Options): Record<string, unknown> {
  const { owner, here, subject, description, status, priority, campaign } = options;
  const { account, contact, opportunity, notify, merge } = options;
  const all = {
    ...{ owner, here, subject, description, status, priority, campaign },
    ...{ account, contact, opportunity, notify, merge },
    due_in_days: options.dueIn,
    converted_status: options.convertedStatus,
    opportunity_name: options.opportunityName,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function describe({ id, kind, status, code, result }: ActionEntry): string {
  if (status === 'failed') return `${kind} ${id}: failed (${code}).`;
  const ids = Object.entries(result).map(([name, value]) => `${name} ${String(value)}`);
  return `${kind} ${id}: ${[status, ...ids].join(', ')}.`;
}

function kindOf(text: string): string {
  const kind = actionKind(text);
  if (kind !== null) return kind;
  throw new InvalidArgumentError(`It must be one of ${ACTION_KINDS.map(slug).join(', ')}.`);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function uuid(text: string): string {
  if (UUID.test(text)) return text;
  throw new InvalidArgumentError('It must be the id of a row in marketing.person.');
}

const uuids = (text: string): string[] => text.split(',').map((one) => uuid(one.trim()));

function days(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of days.');
}
