import {
  cannotUpdate,
  idOfIncorrectType,
  insufficientAccess,
  malformedId,
  missingArgument,
  type SalesforceError,
} from '../errors.ts';
import type { SObject } from '../schema.ts';
import { type Outcome, runBatch, strike } from './batch.ts';
import { idOfRightShape } from './id-shape.ts';
import { readRecord } from './read-record.ts';
import { updateDrafts } from './save-drafts.ts';
import {
  type Draft,
  failed,
  type RecordBody,
  type RecordResult,
  type SaveOptions,
  type WriteContext,
} from './types.ts';

/** Updates records of one object; each body carries its `Id`, in any case. */
export async function updateRecords(
  context: WriteContext,
  object: SObject,
  bodies: RecordBody[],
  options: SaveOptions = {},
): Promise<RecordResult[]> {
  const refused = updateRefusal(context, object);
  if (refused !== null) return bodies.map((body) => failed(refused, idIn(object, body)));
  return runBatch(context, object, bodies.length, options, async (client, isStruck) => {
    const drafts = bodies.map((body, i) => readUpdate(context, object, body, i));
    strike(drafts, isStruck);
    await updateDrafts(client, context, object, drafts);
    return drafts;
  });
}

/** Why the caller may not change rows of this object; null when they may. */
export function updateRefusal({ session }: WriteContext, object: SObject): SalesforceError | null {
  if (!object.updateable) return cannotUpdate(object.label);
  return session.access.canEdit(object.name) ? null : insufficientAccess();
}

/** A draft of an update, with the id its body names. */
export function readUpdate(
  context: WriteContext,
  object: SObject,
  body: RecordBody,
  index: number,
): Draft {
  const draft = readRecord(context, object, body, 'update', index);
  draft.id = idIn(object, body);
  if (draft.id === null) draft.errors.unshift(idError(object, rawId(body)));
  return draft;
}

/** The value of `Id` in a body, whatever its case. */
export function rawId(body: RecordBody): string {
  const key = Object.keys(body).find((name) => name.toLowerCase() === 'id');
  return key === undefined || body[key] === null ? '' : String(body[key]);
}

/** An id of this object in 18 characters, or null. */
export function ownId(object: SObject, id: string): string | null {
  const canonical = idOfRightShape(id);
  return canonical?.slice(0, 3) === object.keyPrefix ? canonical : null;
}

/** Rows of this object by their ids, on their way through a batch; what is none of its ids has its error. */
export const outcomesOf = (object: SObject, ids: string[]): Outcome[] =>
  ids.map((text, index) => {
    const id = ownId(object, text);
    return { index, id, errors: id === null ? [malformedId(text)] : [] };
  });

/** The same refusal for each of these rows. */
export const refuseEach = (object: SObject, ids: string[], error: () => SalesforceError) =>
  ids.map((id) => failed(error(), ownId(object, id)));

const idIn = (object: SObject, body: RecordBody) => ownId(object, rawId(body));

function idError(object: SObject, id: string): SalesforceError {
  if (id === '') return missingArgument('Id not specified in an update call');
  return idOfIncorrectType(`${object.label} ID`, 'Id', id);
}
