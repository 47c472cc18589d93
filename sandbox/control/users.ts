import type { SandboxOrg } from '../sandbox-org.ts';
import { wrong } from './read-fault.ts';

const COLUMNS: Record<string, string> = {
  frozen: 'frozen = $2',
  passwordExpired: 'password_expired = $2',
  locked: `locked_until = CASE WHEN $2 THEN 'infinity'::timestamptz END, failed_logins = 0`,
};

/** What an administrator does to one user's logins: `{"username": …, "frozen"?, "locked"?, "passwordExpired"?}`. */
export async function changeUser(org: SandboxOrg, body: unknown): Promise<object> {
  const { username, ...changes } = Object(body) as Record<string, unknown>;
  if (typeof username !== 'string') throw wrong('"username" must be the name of a user');
  const { rows } = await org.pool.query(
    'SELECT "Id" AS id FROM org."User" WHERE lower("Username") = lower($1)',
    [username],
  );
  if (rows[0] === undefined) throw wrong(`there is no user ${username}`);
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(COLUMNS, name) || typeof value !== 'boolean')
      throw wrong(`"${name}" must be one of ${Object.keys(COLUMNS).join(', ')}, true or false`);
  }
  for (const [name, value] of Object.entries(changes))
    await org.pool.query(`UPDATE org_meta.user_secret SET ${COLUMNS[name]} WHERE user_id = $1`, [
      rows[0].id,
      value,
    ]);
  await org.securityChanged();
  const { rows: now } = await org.pool.query(
    `SELECT frozen, password_expired AS "passwordExpired", coalesce(locked_until > now(), false) AS locked
       FROM org_meta.user_secret WHERE user_id = $1`,
    [rows[0].id],
  );
  return { username, ...now[0] };
}
