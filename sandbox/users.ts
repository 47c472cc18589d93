import { timingSafeEqual } from 'node:crypto';
import type { Pool } from 'pg';

/** A user of the org, with what logins and identity answers show. */
export interface User {
  id: string;
  username: string;
  profileId: string;
  email: string;
  name: string;
  firstName: string | null;
  lastName: string;
  alias: string;
  timeZone: string;
  language: string;
  locale: string;
  lastModified: Date;
  isActive: boolean;
  frozen: boolean;
}

const COLUMNS = `
  u."Id" AS id, u."Username" AS username, u."ProfileId" AS "profileId", u."Email" AS email,
  concat_ws(' ', u."FirstName", u."LastName") AS name, u."FirstName" AS "firstName",
  u."LastName" AS "lastName", coalesce(u."Alias", '') AS alias,
  coalesce(u."TimeZoneSidKey", 'GMT') AS "timeZone",
  coalesce(u."LanguageLocaleKey", 'en_US') AS language, coalesce(u."LocaleSidKey", 'en_US') AS locale,
  u."LastModifiedDate" AS "lastModified", u."IsActive" AS "isActive",
  coalesce(s.frozen, false) AS frozen, s.password, s.security_token, s.locked_until,
  s.password_expired`;

const FROM = `org."User" u LEFT JOIN org_meta.user_secret s ON s.user_id = u."Id"`;

type Row = User & {
  password: string | null;
  security_token: string | null;
  locked_until: Date | number | null;
  password_expired: boolean | null;
};

export interface UserSecrets {
  user: User;
  /** Null for a user who cannot log in by password. */
  password: string | null;
  securityToken: string;
  lockedUntil: Date | null;
  passwordExpired: boolean;
}

/** Looks users up, and keeps count of wrong passwords. */
export class Users {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** By 18-character id; null when unknown. */
  async byId(id: string): Promise<User | null> {
    const { rows } = await this.#pool.query(`SELECT ${COLUMNS} FROM ${FROM} WHERE u."Id" = $1`, [
      id,
    ]);
    return rows[0] === undefined ? null : withoutSecrets(rows[0]);
  }

  /** By name without regard to case, whether they may log in or not; null when unknown. */
  async byUsername(username: string): Promise<User | null> {
    const row = await this.#find(username);
    return row === null ? null : withoutSecrets(row);
  }

  /** A user of this name, who may log in or not, with what a password is held against; null when unknown. */
  async secretsOf(username: string): Promise<UserSecrets | null> {
    const row = await this.#find(username);
    if (row === null) return null;
    return {
      user: withoutSecrets(row),
      password: row.password,
      securityToken: row.security_token ?? '',
      // PostgreSQL's infinity.
      lockedUntil: row.locked_until === Infinity ? new Date(8.64e15) : (row.locked_until as Date),
      passwordExpired: row.password_expired === true,
    };
  }

  /** Counts a wrong password; after `most` in a row the user is locked out until `end`. 0: never. */
  async countFailure(userId: string, most: number, end: Date): Promise<void> {
    await this.#pool.query(
      `UPDATE org_meta.user_secret SET
         failed_logins = CASE WHEN failed_logins + 1 >= $2 AND $2 > 0 THEN 0 ELSE failed_logins + 1 END,
         locked_until = CASE WHEN failed_logins + 1 >= $2 AND $2 > 0 THEN $3 ELSE locked_until END
       WHERE user_id = $1`,
      [userId, most, end],
    );
  }

  async forgetFailures(userId: string): Promise<void> {
    await this.#pool.query(
      `UPDATE org_meta.user_secret SET failed_logins = 0, locked_until = NULL
        WHERE user_id = $1 AND (failed_logins > 0 OR locked_until IS NOT NULL)`,
      [userId],
    );
  }

  /** The ids of all who may log in. */
  async allowed(): Promise<Set<string>> {
    const { rows } = await this.#pool.query(
      `SELECT u."Id" AS id FROM ${FROM} WHERE u."IsActive" AND NOT coalesce(s.frozen, false)`,
    );
    return new Set(rows.map(({ id }) => id));
  }

  async #find(username: string): Promise<Row | null> {
    const { rows } = await this.#pool.query<Row>(
      `SELECT ${COLUMNS} FROM ${FROM} WHERE lower(u."Username") = lower($1)`,
      [username],
    );
    return rows[0] ?? null;
  }
}

export const mayLogIn = (user: User): boolean => user.isActive && !user.frozen;

/** Compares secrets in a time that tells nothing about where they differ. */
export function sameText(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** The 18-character id of the database's org. */
export async function orgId(pool: Pool): Promise<string> {
  const { rows } = await pool.query('SELECT id FROM org_meta.org');
  if (rows[0] === undefined)
    throw new Error('this database holds no org yet: prepareOrg makes it before the server starts');
  return rows[0].id;
}

function withoutSecrets({
  password: _,
  security_token: __,
  locked_until: _3,
  password_expired: _4,
  ...user
}: Row): User {
  return user;
}
