import { cannotInsert } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { runBatch, strike } from './batch.ts';
import { readRecord } from './read-record.ts';
import { insertDrafts } from './save-drafts.ts';
import {
  failed,
  type RecordBody,
  type RecordResult,
  type SaveOptions,
  type WriteContext,
} from './types.ts';

export const mayCreate = ({ session }: WriteContext, object: SObject) =>
  object.createable && session.access.canCreate(object.name);

/** Creates records of one object. Results stand in the order of the bodies. */
export async function createRecords(
  context: WriteContext,
  object: SObject,
  bodies: RecordBody[],
  options: SaveOptions = {},
): Promise<RecordResult[]> {
  if (!mayCreate(context, object)) return bodies.map(() => failed(cannotInsert(object.label)));
  const results = await runBatch(
    context,
    object,
    bodies.length,
    options,
    async (client, isStruck) => {
      const drafts = bodies.map((body, i) => readRecord(context, object, body, 'create', i));
      strike(drafts, isStruck);
      await insertDrafts(client, context, object, drafts);
      return drafts;
    },
  );
  return results.map((result) => (result.success ? result : { ...result, id: null }));
}
