import { type SalesforceError, tooManyChunks } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { allOrNone } from './batch.ts';
import { failed, type RecordResult, type WriteContext } from './types.ts';

const MAX_CHUNKS = 10;

export interface ChunkItem<T> {
  item: T;
  /** Undefined for records that no object takes; they fail with `error`, which then has to be there. */
  object: SObject | undefined;
  error?: SalesforceError;
}

/**
 * Saves run by run of records of one object, in the order of the request; more than ten runs are
 * refused (INVALID_INPUT). `wanted`: all or none.
 */
export async function saveInChunks<T>(
  context: WriteContext,
  wanted: boolean,
  items: ChunkItem<T>[],
  save: (context: WriteContext, object: SObject, items: T[]) => Promise<RecordResult[]>,
): Promise<RecordResult[]> {
  const chunks: ChunkItem<T>[][] = [];
  for (const item of items) {
    const last = chunks.at(-1);
    if (last !== undefined && last[0]!.object === item.object) last.push(item);
    else chunks.push([item]);
  }
  if (chunks.length > MAX_CHUNKS) throw tooManyChunks();
  return allOrNone(context, wanted, async (inner) => {
    const results: RecordResult[] = [];
    for (const chunk of chunks) {
      const { object } = chunk[0]!;
      const sent = chunk.map(({ item }) => item);
      if (object === undefined) results.push(...chunk.map(({ error }) => failed(error!)));
      else results.push(...(await save(inner, object, sent)));
    }
    return results;
  });
}
