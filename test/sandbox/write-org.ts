import pg from 'pg';
import { openOrg, type SandboxOrg } from '../../sandbox/sandbox-org.ts';
import { prepareOrg } from '../../sandbox/seed/index.ts';
import { createRecords } from '../../sandbox/writes/create.ts';
import type { RecordBody, RecordResult, WriteContext } from '../../sandbox/writes/types.ts';
import { freshDatabase } from '../support/database.ts';

/** An org without its server, for what is not reached by one route alone. */
export interface WriteOrg {
  org: SandboxOrg;
  pool: pg.Pool;
  /** Of a user who may do everything. */
  admin: WriteContext;
  contextOf(userId: string): WriteContext;
  /** Creates a record as the administrator; returns its id, and throws when it is refused. */
  make(object: string, body: RecordBody): Promise<string>;
  row(object: string, id: string): Promise<Record<string, unknown>>;
  sql<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
}

export async function writeOrg(people = 4): Promise<WriteOrg> {
  const database = await freshDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 10 });
  pool.on('error', () => undefined);
  await prepareOrg(pool, { people });
  const org = await openOrg(pool);
  const { rows } = await pool.query(
    `SELECT u."Id" AS id FROM org."User" u JOIN org."Profile" p ON p."Id" = u."ProfileId"
      WHERE p."Name" = 'System Administrator'`,
  );
  await pool.query(`UPDATE org."User" SET "UserPermissionsMarketingUser" = true WHERE "Id" = $1`, [
    rows[0].id,
  ]);
  const contextOf = (userId: string): WriteContext => ({
    org,
    db: pool,
    session: {
      token: '',
      userId,
      username: '',
      profileId: '',
      access: org.permissions.accessOf(userId),
    } as unknown as WriteContext['session'],
  });
  const admin = contextOf(rows[0].id);
  const sql = async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    (await pool.query<T>(text, values)).rows;
  return {
    org,
    pool,
    admin,
    contextOf,
    sql,
    async make(object, body) {
      const [result] = await createRecords(admin, org.schema.object(object)!, [body]);
      return idOf(result!);
    },
    async row(object, id) {
      const [row] = await sql(`SELECT * FROM org."${object}" WHERE "Id" = $1`, [id]);
      if (row === undefined) throw new Error(`there is no ${object} ${id}`);
      return row;
    },
    async stop() {
      await pool.end();
      await database.drop();
    },
  };
}

function idOf({ id, success, errors }: RecordResult): string {
  if (success) return id!;
  throw new Error(errors.map(({ errorCode, message }) => `${errorCode}: ${message}`).join());
}
