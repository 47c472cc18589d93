import {
  insufficientAccess,
  invalidCrossReference,
  malformedId,
  SalesforceError,
} from '../errors.ts';
import type { SObject } from '../schema.ts';
import { writeRefusals } from '../sharing.ts';
import { inTransaction } from '../transaction.ts';
import { allOrNone, oneByOne } from './batch.ts';
import { deleteRecords } from './delete.ts';
import { hasField } from './fields.ts';
import { idOfRightShape } from './id-shape.ts';
import { lockRows } from './lock-rows.ts';
import { purge } from './purge.ts';
import { failed, type RecordResult, type SaveOptions, type WriteContext } from './types.ts';

const MOST = 200;

/** The code is documented as one of delete's; the text is not recorded from an org. */
const notInBin = () =>
  new SalesforceError(400, 'DELETE_FAILED', 'Entity is not in the recycle bin', []);

/**
 * Takes rows of any objects out of the recycle bin for good, with what went there with them. Results
 * stand in the order of the ids. Throws EXCEEDED_ID_LIMIT for more than 200.
 */
export async function emptyRecycleBin(
  context: WriteContext,
  ids: string[],
): Promise<RecordResult[]> {
  return oneByOne(ids, MOST, (id) => emptyOne(context, id));
}

async function emptyOne(context: WriteContext, text: string): Promise<RecordResult> {
  const id = idOfRightShape(text);
  if (id === null) return failed(malformedId(text));
  const object = context.org.schema.objectByPrefix(id.slice(0, 3));
  if (object === undefined || !hasField(object, 'IsDeleted'))
    return failed(invalidCrossReference(), id);
  if (!context.session.access.canDelete(object.name)) return failed(insufficientAccess(), id);
  return inTransaction(context.db, async (client) => {
    const row = (await lockRows(client, object, [id])).rows.get(id);
    if (row === undefined) return failed(invalidCrossReference(), id);
    if (row.IsDeleted !== true) return failed(notInBin(), id);
    const refused = await writeRefusals(client, context.session, context.org, object, [id]);
    for (const error of refused.values()) return failed(error, id);
    await purge(context.org, client, { object, ids: [id] });
    return { id, success: true, errors: [] };
  });
}

/** Whether the caller may delete past the recycle bin. */
const mayHardDelete = ({ session }: WriteContext): boolean =>
  session.access.has('BulkApiHardDelete');

/** Deletes rows of one object past the recycle bin; whoever may not is refused for each. */
export async function hardDeleteRecords(
  context: WriteContext,
  object: SObject,
  ids: string[],
  options: SaveOptions = {},
): Promise<RecordResult[]> {
  if (!mayHardDelete(context)) return ids.map(() => failed(insufficientAccess()));
  return allOrNone(context, options.allOrNone ?? false, (inner) =>
    inTransaction(inner.db, async (client) => {
      const results = await deleteRecords({ ...inner, db: client }, object, ids);
      const gone = results.filter(({ success }) => success).map(({ id }) => id!);
      await purge(inner.org, client, { object, ids: gone });
      return results;
    }),
  );
}
