import type { Schema } from '../schema.ts';
import { activityColumns, isArchived } from './activity-columns.ts';
import { columnOf, type DerivedPlan, idOf, type RowPlan } from './rows.ts';
import { chance, draw, oneOf, some } from './sql.ts';
import type { Staff } from './staff.ts';
import { at } from './stamps.ts';

const k = 'r.key';

/** The event, on the day of their last activity, of those people for whom that was one. */
export function eventPlan(
  schema: Schema,
  staff: Staff,
  of: RowPlan,
  where: string,
  about: Record<string, string>,
  offset: number,
  people: number,
): DerivedPlan {
  const object = schema.object('Event')!;
  const start = at('g.changed_age');
  const date = columnOf(of, 'LastActivityDate');
  const isAllDay = chance(k, 1_140, 10);
  const midnight = `((${date})::timestamp AT TIME ZONE 'UTC')`;
  const minutes = `(CASE WHEN ${isAllDay} THEN 1440 ELSE 30 + 30 * ${draw(k, 1_141, 3)} END)`;
  const begin = `(CASE WHEN ${isAllDay} THEN ${midnight} ELSE ${start} END)`;
  const end = `(CASE WHEN ${isAllDay} THEN ${midnight} ELSE ${start} + interval '1 minute' * ${minutes} END)`;
  const endDate = `((${end}) AT TIME ZONE 'UTC')::date`;
  return {
    of,
    object,
    where,
    lastNumber: people,
    columns: {
      Id: idOf(object, `(${offset} + r.n)`),
      Subject: oneOf(k, 1_142, ['Meeting', 'Call', 'Demo', 'Réunion; "déjeuner"']),
      Location: some(k, 1_143, 50, 'a.city'),
      IsAllDayEvent: isAllDay,
      StartDateTime: begin,
      ActivityDateTime: begin,
      ActivityDate: date,
      EndDateTime: end,
      EndDate: endDate,
      DurationInMinutes: `${minutes}::int`,
      EventSubtype: `'Event'`,
      GroupEventType: `'0'`,
      ShowAs: oneOf(k, 1_144, ['Busy', 'Busy', 'Free', 'OutOfOffice']),
      IsArchived: isArchived(endDate),
      IsDeleted: columnOf(of, 'IsDeleted'),
      ...activityColumns(staff),
      ...about,
    },
  };
}
