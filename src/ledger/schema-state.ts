import type { Sql } from '../marketing/database.ts';

/** The state of tandem.yaml and of the org that the schema was last synced with. */
export interface SchemaState {
  settingsDigest: string | null;
  /** The name of Salesforce's answer, see Salesforce.schemaChange. */
  schemaSeen: string | null;
}

export async function readSchemaState(sql: Sql): Promise<SchemaState> {
  const { rows } = await sql.query<SchemaState>(
    `select settings_digest as "settingsDigest", schema_seen as "schemaSeen" from tandem.connection`,
  );
  return rows[0]!;
}

export async function keepSchemaState(sql: Sql, state: SchemaState): Promise<void> {
  await sql.query('update tandem.connection set settings_digest = $1, schema_seen = $2', [
    state.settingsDigest,
    state.schemaSeen,
  ]);
}

/** Has a cycle ever begun? Before that everything missing is the initial load's. */
export async function cyclesBegan(sql: Sql): Promise<boolean> {
  const { rows } = await sql.query<{ began: boolean }>(
    'select exists (select from tandem.cycle) as began',
  );
  return rows[0]!.began;
}
