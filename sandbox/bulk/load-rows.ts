import { SalesforceError } from '../errors.ts';
import type { Field, SObject } from '../schema.ts';
import { createRecords } from '../writes/create.ts';
import { deleteRecords } from '../writes/delete.ts';
import { hardDeleteRecords } from '../writes/empty-recycle-bin.ts';
import { failed, type RecordBody, type RecordResult, type WriteContext } from '../writes/types.ts';
import { rawId, updateRecords } from '../writes/update.ts';
import { upsertRecords } from '../writes/upsert.ts';

export const OPERATIONS = ['insert', 'update', 'upsert', 'delete', 'hardDelete'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What a job does with its rows. */
export interface Load {
  object: SObject;
  operation: Operation;
  /** Upserts only. */
  key: Field | null;
}

/** A row on its way: its fields, or what is wrong with it before anything is tried. */
export type LoadRow = RecordBody | SalesforceError;

/** Rows that Salesforce's bulk loads save together. */
export const ROWS_AT_ONCE = 200;

/** Saves rows as REST would, none of them bound to another. Results stand in their order. */
export async function loadRows(
  context: WriteContext,
  load: Load,
  rows: LoadRow[],
): Promise<RecordResult[]> {
  const sound = rows.filter((row) => !(row instanceof SalesforceError)) as RecordBody[];
  const results = sound.length === 0 ? [] : await save(context, load, sound);
  let next = 0;
  return rows.map((row) => (row instanceof SalesforceError ? failed(row) : results[next++]!));
}

async function save(
  context: WriteContext,
  { object, operation, key }: Load,
  bodies: RecordBody[],
): Promise<RecordResult[]> {
  switch (operation) {
    case 'insert': {
      const results = await createRecords(context, object, bodies);
      return results.map((result) => ({ ...result, created: result.success }));
    }
    case 'update':
      return updateRecords(context, object, bodies);
    case 'upsert':
      return upsertRecords(context, object, key!, bodies);
    case 'delete':
      return deleteRecords(context, object, bodies.map(rawId));
    case 'hardDelete':
      return hardDeleteRecords(context, object, bodies.map(rawId));
  }
}
