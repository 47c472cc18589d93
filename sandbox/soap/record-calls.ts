import { malformedId, tooManyRecords } from '../errors.ts';
import type { SObject } from '../schema.ts';
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
import { all, textOf, textsOf } from './read-envelope.ts';
import { readSObject } from './read-sobject.ts';
import { idResult, saveResult } from './write-results.ts';

/** Records or ids of one call. */
export const MOST = 200;

export const create = (call: SoapCall) => save(call, createRecords);
export const update = (call: SoapCall) => save(call, updateRecords);

export async function upsert(call: SoapCall): Promise<string> {
  const name = textOf(call.input, 'externalIDFieldName');
  if (name === undefined) throw missingArgument('externalIDFieldName');
  const keyOf = (object: SObject) => {
    const field = visibleField(call.session, object, name);
    const fits = field !== undefined && (field.externalId || field.idLookup || field.type === 'id');
    if (!fits) throw notAnExternalId(name, object.name);
    return field;
  };
  return save(call, (context, object, bodies) =>
    upsertRecords(context, object, keyOf(object), bodies),
  );
}

export const deleteCall = (call: SoapCall) => saveById(call, deleteRecords);
export const undelete = (call: SoapCall) => saveById(call, undeleteRecords);

type Save<T> = (context: WriteContext, object: SObject, items: T[]) => Promise<RecordResult[]>;

async function save(call: SoapCall, run: Save<RecordBody>): Promise<string> {
  const sent = all(call.input, 'sObjects');
  if (sent.length > MOST) throw tooManyRecords(MOST);
  const items = sent.map((one): ChunkItem<RecordBody> => {
    const { object, body } = readSObject(call, one);
    return { item: body, object, error: malformedId('') };
  });
  return saved(call, items, run, saveResult);
}

async function saveById(call: SoapCall, run: Save<string>): Promise<string> {
  const ids = idsIn(call);
  const items = ids.map((id): ChunkItem<string> => {
    const object = call.org.schema.objectByPrefix((idOfRightShape(id) ?? '').slice(0, 3));
    return { item: id, object, error: malformedId(id) };
  });
  return saved(call, items, run, idResult);
}

/** The ids of a call, 200 at most. */
export function idsIn({ input }: SoapCall): string[] {
  const ids = textsOf(input, 'ids');
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
