import type { PoolClient } from 'pg';
import type { Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { Draft, WriteContext } from '../types.ts';
import { activity, isLongPast } from './activity.ts';
import { hasColumn, setValue, valueAfter } from './rows-of.ts';

export const task = activity(
  'Task',
  ['Status', 'IsClosed', 'ActivityDate', 'CreatedDate'],
  readTasks,
);

async function readTasks(client: PoolClient, context: WriteContext, save: Save): Promise<void> {
  const statuses = await meanings(client, context, 'TaskStatus', 'IsClosed');
  const priorities = await meanings(client, context, 'TaskPriority', 'IsHighPriority');
  const now = context.org.now();
  for (const draft of save.drafts) {
    const set = (name: string, value: string | null) => setValue(save.object, draft, name, value);
    const status = draft.values.get('Status') ?? null;
    if (status !== null) {
      const isClosed = statuses.get(status.toLowerCase()) ?? false;
      const wasClosed = save.before.get(draft.id!)?.IsClosed === 'true';
      set('IsClosed', String(isClosed));
      if (isClosed !== wasClosed) set('CompletedDateTime', isClosed ? stampOf(now) : null);
    }
    const priority = draft.values.get('Priority') ?? null;
    if (priority !== null)
      set('IsHighPriority', String(priorities.get(priority.toLowerCase()) ?? false));
    set('IsArchived', String(isArchived(now, save, draft)));
  }
}

/** A closed task without a due date is as old as its row. */
function isArchived(now: Date, save: Save, draft: Draft): boolean {
  const after = (name: string) => valueAfter(draft, save.before.get(draft.id!), name);
  if (after('IsClosed') !== 'true') return false;
  return isLongPast(now, after('ActivityDate') ?? after('CreatedDate')?.slice(0, 10) ?? null);
}

/** What the values of a status picklist stand for, by the value in lower case. */
async function meanings(
  client: PoolClient,
  { org }: WriteContext,
  object: string,
  field: string,
): Promise<Map<string, boolean>> {
  if (!hasColumn(org.schema.object(object), field)) return new Map();
  const { rows } = await client.query<{ label: string; means: boolean }>(
    `SELECT "MasterLabel" AS label, "${field}" AS means FROM org."${object}"`,
  );
  return new Map(rows.map(({ label, means }) => [label.toLowerCase(), means]));
}
