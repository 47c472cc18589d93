import type { Sql } from '../marketing/database.ts';

/** The database has not been prepared yet. */
export class SchemaMissing extends Error {
  readonly isPublic = true;

  constructor() {
    super(
      'The database has no schema of Tandem yet: start a worker (`tandem worker`), or run `tandem migrate`.',
    );
    this.name = 'SchemaMissing';
  }
}

/** @throws SchemaMissing */
export async function requireSchema(sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ there: boolean }>(
    `select to_regclass('tandem.cycle_step') is not null
       and to_regclass('marketing.person') is not null as there`,
  );
  if (!rows[0]!.there) throw new SchemaMissing();
}
