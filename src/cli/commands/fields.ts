import { type Command, InvalidArgumentError, Option } from 'commander';
import { type FieldEntry, isObject, listFields } from '../../operations/fields.ts';
import { type CommonOptions, command, withContext } from '../command.ts';
import type { Io } from '../io.ts';
import { table } from '../table.ts';

interface Options extends CommonOptions {
  object?: string;
  direction?: string;
}

export function fieldsCommand(io: Io): Command {
  return command('fields', 'which fields sync, which way, and why one does not')
    .addOption(new Option('--object <name>', 'of one object').argParser(objectName))
    .addOption(
      new Option('--direction <way>', 'that move one way').choices(['both', 'pull', 'push', 'off']),
    )
    .action((options: Options) =>
      withContext(options, io, ['database'], async (context) => {
        const fields = await listFields(context.database, options);
        context.print(fields, () => fieldsText(fields));
      }),
    );
}

function objectName(name: string): string {
  if (isObject(name)) return name;
  throw new InvalidArgumentError('It is no object that Tandem knows, nor a custom one (…__c).');
}

function fieldsText(fields: readonly FieldEntry[]): string {
  if (fields.length === 0) {
    return 'No fields: they are known once the connection has started (`tandem start`).\n';
  }
  return table(
    ['object', 'field', 'column', 'type', 'way', 'if both change', 'why'],
    fields.map(({ object, field, column, columnType, direction, conflict, reason, goneAt }) => [
      object,
      field,
      direction === 'off' ? '' : column,
      columnType,
      direction,
      direction === 'both' ? conflict : '',
      goneAt ? 'Salesforce shows it no more; column and data stay' : reason,
    ]),
  );
}
