import type { PoolClient } from 'pg';
import type { SObject } from '../schema.ts';
import { quote, tableSql } from '../storage.ts';
import { inTransaction } from '../transaction.ts';
import { hasField } from './fields.ts';
import type { LockedRow } from './rows.ts';

const LOCK_NOT_AVAILABLE = '55P03';

export interface LockedRows {
  rows: Map<string, LockedRow>;
  /** Ids that somebody else still held when the wait was over. */
  unavailable: Set<string>;
}

/** Locks these rows in the order of their ids; deleted ones too. Ids without a row are in neither answer. */
export async function lockRows(
  client: PoolClient,
  object: SObject,
  ids: string[],
): Promise<LockedRows> {
  const unique = [...new Set(ids)];
  if (unique.length === 0) return { rows: new Map(), unavailable: new Set() };
  try {
    const rows = await inTransaction(client, (nested) => lock(nested, object, unique, ''));
    return { rows, unavailable: new Set() };
  } catch (error) {
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
  }
  const rows = await lock(client, object, unique, 'SKIP LOCKED');
  const { rows: existing } = await client.query<{ id: string }>(
    `SELECT "Id" AS id FROM ${tableSql(object)} WHERE "Id" = ANY($1)`,
    [unique],
  );
  const unavailable = existing.map(({ id }) => id).filter((id) => !rows.has(id));
  return { rows, unavailable: new Set(unavailable) };
}

async function lock(client: PoolClient, object: SObject, ids: string[], option: string) {
  const columns = ['Id', 'IsDeleted', 'IsConverted'].filter((name) => hasField(object, name));
  const { rows } = await client.query<LockedRow>(
    `SELECT ${columns.map(quote).join(', ')} FROM ${tableSql(object)}
      WHERE "Id" = ANY($1) ORDER BY "Id" FOR UPDATE ${option}`,
    [ids],
  );
  return new Map(rows.map((row) => [row.Id, row]));
}
