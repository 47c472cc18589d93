import type { Row, Salesforce } from '../src/salesforce/port.ts';
import { normalise } from '../src/sync/value.ts';

/**
 * For each record of a task the ids of those that a try whose answer was lost may have made: by the sync
 * user, since then, with exactly these values (N2). The caller leaves out what others have claimed.
 */
export async function tasksLike(
  salesforce: Salesforce,
  records: readonly Row[],
  since: Date,
): Promise<string[][]> {
  if (records.length === 0) return [];
  const { userId } = await salesforce.identity();
  // CreatedDate has whole seconds.
  const from = new Date(Math.floor(since.getTime() / 1000) * 1000);
  const fields = new Set([
    'Id',
    'CreatedDate',
    ...records.flatMap((record) => Object.keys(record)),
  ]);
  const rows = await salesforce.select(
    'Task',
    [...fields],
    [
      { field: 'WhoId', in: [...new Set(records.map(({ WhoId }) => String(WhoId)))] },
      { field: 'CreatedById', in: [userId] },
      { field: 'CreatedDate', since: from },
    ],
  );
  return records.map((record) =>
    rows
      .filter((row) =>
        Object.entries(record).every(([field, value]) => same(row[field] ?? null, value ?? null)),
      )
      .map((row) => String(row.Id))
      .sort(),
  );
}

function same(one: Row[string], other: Row[string]): boolean {
  return normalise('string', one) === normalise('string', other);
}
