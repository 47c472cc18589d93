import { malformedId, tooManyRecords } from '../errors.ts';
import type { Field, SObject } from '../schema.ts';
import { type ChunkItem, saveInChunks } from '../writes/chunks.ts';
import { createRecords } from '../writes/create.ts';
import { deleteRecords } from '../writes/delete.ts';
import { visibleField } from '../writes/fields.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import type { RecordBody, RecordResult, WriteContext } from '../writes/types.ts';
import { undeleteRecords } from '../writes/undelete.ts';
import { updateRecords } from '../writes/update.ts';
import { upsertRecords } from '../writes/upsert.ts';
import { type SoapCall, writeContextOf } from './call.ts';
import { missingArgument, notAnExternalId } from './faults.ts';
import { all, textOf } from './read-envelope.ts';
import { readSObject } from './read-sobject.ts';
import { idResult, saveResult } from './write-results.ts';

/** Records or ids of one call. */
const MOST = 200;

export const create = (call: SoapCall) => save(call, createRecords);
export const update = (call: SoapCall) => save(call, updateRecords);

export async function upsert(call: SoapCall): Promise<string> {
  const name = textOf(call.input, 'externalIDFieldName');
  if (name === undefined) throw missingArgument('externalIDFieldName');
  const items = recordsIn(call);
  // All looked up before the first is saved: a fault leaves nothing done.
  const keys = new Map(items.map(({ object }) => [object!, keyNamed(call, object!, name)]));
  return saved(
    call,
    items,
    (context, object, bodies) => upsertRecords(context, object, keys.get(object)!, bodies),
    saveResult,
  );
}

function keyNamed({ session }: SoapCall, object: SObject, name: string): Field {
  const field = visibleField(session, object, name);
  if (field === undefined || !(field.externalId || field.idLookup || field.type === 'id'))
    throw notAnExternalId(name, object.name);
  return field;
}

export const deleteCall = (call: SoapCall) => saveById(call, deleteRecords);
export const undelete = (call: SoapCall) => saveById(call, undeleteRecords);

type Save<T> = (context: WriteContext, object: SObject, items: T[]) => Promise<RecordResult[]>;

const save = (call: SoapCall, run: Save<RecordBody>) =>
  saved(call, recordsIn(call), run, saveResult);

/** The sObjects of a call, 200 at most. */
function recordsIn(call: SoapCall): ChunkItem<RecordBody>[] {
  const sent = all(call.input, 'sObjects');
  if (sent.length > MOST) throw tooManyRecords(MOST);
  return sent.map((one) => {
    const { object, body } = readSObject(call, one);
    return { item: body, object };
  });
}

async function saveById(call: SoapCall, run: Save<string>): Promise<string> {
  const ids = idsIn(call);
  const items = ids.map((id): ChunkItem<string> => {
    const object = call.org.schema.objectByPrefix((idOfRightShape(id) ?? '').slice(0, 3));
    return { item: id, object, error: malformedId(id) };
  });
  return saved(call, items, run, idResult);
}

/**
 * The ids of a call, 200 at most; one that is blank keeps its place. Beatbox and its like have always
 * called them `id` in a delete, and Salesforce takes it.
 */
export function idsIn({ input }: SoapCall): string[] {
  const named = all(input, 'ids');
  const ids = (named.length > 0 ? named : all(input, 'id')).map(({ text }) => text.trim());
  if (ids.length > MOST) throw tooManyRecords(MOST);
  return ids;
}

async function saved<T>(
  call: SoapCall,
  items: ChunkItem<T>[],
  run: Save<T>,
  write: (call: SoapCall, result: RecordResult) => string,
): Promise<string> {
  const wanted = call.headers.allOrNone;
  const results = await saveInChunks(writeContextOf(call), wanted, items, run);
  return results.map((one) => write(call, one)).join('');
}
