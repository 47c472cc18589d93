import type { Executor } from '../org.ts';
import type { Schema } from '../schema.ts';

/** Words that make a query depend on the user's time zone. */
const DEPENDS =
  /\b(?:TODAY|YESTERDAY|TOMORROW|FORMAT|DAY_(?:IN|ONLY)|HOUR_IN|WEEK_IN|CALENDAR|FISCAL|(?:LAST|THIS|NEXT)_|N_)/i;

/** The time zone of a user, looked up only for a query that depends on it; otherwise UTC. */
export async function userTimeZone(
  db: Executor,
  schema: Schema,
  userId: string,
  soql: string,
): Promise<string> {
  const user = schema.object('User');
  if (!DEPENDS.test(soql) || !user || !schema.field(user, 'TimeZoneSidKey')) return 'UTC';
  const { rows } = await db.query<{ zone: string | null }>(
    `SELECT "TimeZoneSidKey" AS zone FROM org."User" WHERE "Id" = $1`,
    [userId],
  );
  const zone = rows[0]?.zone ?? 'UTC';
  return Intl.supportedValuesOf('timeZone').includes(zone) ? zone : 'UTC';
}
