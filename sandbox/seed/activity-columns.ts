import { oneOf, some } from './sql.ts';
import type { Staff } from './staff.ts';
import { at, dateAt } from './stamps.ts';

const ARCHIVED_AFTER_DAYS = 365;
const k = 'r.key';

/** Whether what was due on a date is archived by now. */
export const isArchived = (date: string) => `(${date}) <= ${dateAt('0')} - ${ARCHIVED_AFTER_DAYS}`;

/** Columns that tasks and events share. */
export function activityColumns(staff: Staff): Record<string, string> {
  const stamp = at('g.changed_age');
  const by = oneOf(k, 1_150, [staff.syncUserId, ...staff.salesIds]);
  return {
    Description: some(k, 1_151, 30, 't.body'),
    OwnerId: oneOf(k, 1_152, staff.salesIds),
    CreatedDate: stamp,
    CreatedById: by,
    LastModifiedDate: stamp,
    LastModifiedById: by,
    SystemModstamp: stamp,
  };
}
