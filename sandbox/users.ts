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
  coalesce(s.frozen, false) AS frozen, s.password, s.security_token`;

const FROM = `org."User" u LEFT JOIN org_meta.user_secret s ON s.user_id = u."Id"`;

type Row = User & { password: string | null; security_token: string | null };

/** Looks users up and checks their passwords. */
export class Users {
  readonly #pool: Pool;
  readonly #needsNoToken: (profileId: string) => boolean;

  /** `needsNoToken`: profiles whose users come from a trusted network, and may leave the security token out. */
  constructor(pool: Pool, needsNoToken: (profileId: string) => boolean) {
    this.#pool = pool;
    this.#needsNoToken = needsNoToken;
  }

  /** By 18-character id; null when unknown. */
  async byId(id: string): Promise<User | null> {
    const { rows } = await this.#pool.query(`SELECT ${COLUMNS} FROM ${FROM} WHERE u."Id" = $1`, [
      id,
    ]);
    return rows[0] === undefined ? null : withoutSecrets(rows[0]);
  }

  /** A user who may log in, without regard to the case of the name; null when unknown, inactive or frozen. */
  async byUsername(username: string): Promise<User | null> {
    const row = await this.#find(username);
    return row === null || !mayLogIn(row) ? null : withoutSecrets(row);
  }

  /** The user whose password followed by the security token this is; null when it is not, or may not log in. */
  async byPassword(username: string, passwordAndToken: string): Promise<User | null> {
    const row = await this.#find(username);
    if (row === null || row.password === null || !mayLogIn(row)) return null;
    const expected = [row.password + (row.security_token ?? '')];
    if (this.#needsNoToken(row.profileId)) expected.push(row.password);
    return expected.some((one) => sameText(one, passwordAndToken)) ? withoutSecrets(row) : null;
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

function withoutSecrets({ password: _, security_token: __, ...user }: Row): User {
  return user;
}
