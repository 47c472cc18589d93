import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  invalidInput,
  malformedId,
  missingArgument,
  noExternalIdField,
  notAnSObject,
  tooManyRecords,
  unsupportedObject,
} from '../errors.ts';
import type { Org } from '../org.ts';
import type { SObject } from '../schema.ts';
import { sharingSql } from '../sharing.ts';
import { allOrNone } from '../writes/batch.ts';
import { saveInChunks } from '../writes/chunks.ts';
import { createRecords } from '../writes/create.ts';
import { deleteRecords } from '../writes/delete.ts';
import { visibleField } from '../writes/fields.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import type { RecordBody, RecordResult, WriteContext } from '../writes/types.ts';
import { rawId, updateRecords } from '../writes/update.ts';
import { upsertRecords } from '../writes/upsert.ts';
import { refuseMistyped, tokenOf } from './mistyped-values.ts';
import {
  BASE,
  contextOf,
  fieldsNamed,
  listedResult,
  objectIn,
  objectNamed,
  sendJson,
} from './record-request.ts';
import { ROW, readRows } from './row-reader.ts';

const MAX_RECORDS = 200;
const MAX_RETRIEVED = 2000;

interface OfObject {
  Params: { version: string; object: string };
}

/** sObject Collections: up to 200 records a call, with a result each, in the order of the request. */
export function collectionRoutes(app: FastifyInstance, org: Org): void {
  const path = `${BASE}/composite/sobjects`;

  app.post(path, async (request, reply) => {
    const results = await saveAll(org, request, createRecords);
    return sendResults(reply, results, false);
  });

  app.patch(path, async (request, reply) => {
    const results = await saveAll(org, request, updateRecords);
    const ids = (request.body as { records: RecordBody[] }).records.map(rawId);
    return sendResults(reply, withIds(org, results, ids), true);
  });

  app.delete<{ Querystring: { ids?: string; allOrNone?: string } }>(
    path,
    async (request, reply) => {
      const ids = idsIn(request.query.ids);
      if (ids.length === 0) throw missingArgument('ids must be specified');
      if (ids.length > MAX_RECORDS) throw tooManyRecords(MAX_RECORDS);
      const wanted = isAllOrNone(org, request, request.query.allOrNone);
      const objectOf = (id: string) =>
        org.schema.objectByPrefix((idOfRightShape(id) ?? '').slice(0, 3));
      const results = await saveInChunks(
        contextOf(org, request),
        wanted,
        ids.map((id) => ({ item: id, object: objectOf(id), error: malformedId(id) })),
        deleteRecords,
      );
      return sendResults(reply, withIds(org, results, ids), true);
    },
  );

  app.patch<{ Params: OfObject['Params'] & { field: string } }>(
    `${path}/:object/:field`,
    async (request, reply) => {
      const { session, params } = request;
      const object = objectNamed(org, session, params.object);
      const field = visibleField(session, object, params.field);
      if (field === undefined || !(field.externalId || field.type === 'id'))
        throw noExternalIdField(params.field);
      const { records, wanted } = batchIn(org, request);
      for (const [i, record] of records.entries()) {
        refuseMistyped(request, object, record, ['records', i]);
        const type = typeOf(record);
        if (type !== undefined && org.schema.object(type) !== object)
          throw invalidInput(`All records must be of type ${object.name}, but one is ${type}`);
      }
      const results = await allOrNone(contextOf(org, request), wanted, (context) =>
        upsertRecords(context, object, field, records),
      );
      return sendResults(reply, results, false);
    },
  );

  app.get<OfObject & { Querystring: { ids?: string; fields?: string } }>(
    `${path}/:object`,
    (request, reply) => {
      const { ids, fields } = request.query;
      return retrieve(org, request, idsIn(ids), fields?.split(',')).then((rows) =>
        sendJson(reply, 200, rows),
      );
    },
  );

  app.post<OfObject>(`${path}/:object`, async (request, reply) => {
    const { ids, fields } = objectIn(request.body) as { ids?: unknown; fields?: unknown };
    if (!Array.isArray(ids)) throw missingArgument('ids must be a list');
    const names = Array.isArray(fields) ? fields.map(String) : undefined;
    return sendJson(reply, 200, await retrieve(org, request, ids.map(String), names));
  });
}

async function retrieve(
  org: Org,
  { session, db, params }: FastifyRequest<OfObject>,
  ids: string[],
  names: string[] | undefined,
) {
  const object = objectNamed(org, session, params.object);
  if (names === undefined) throw missingArgument('fields must be specified');
  if (ids.length > MAX_RETRIEVED) throw tooManyRecords(MAX_RETRIEVED);
  const asked = fieldsNamed(session, object, names);
  const id = object.fields.find(({ type }) => type === 'id')!;
  const fields = asked.includes(id) ? asked : [id, ...asked];
  const canonical = ids.map((text) => idOfRightShape(text));
  const known = canonical.filter((one) => one !== null);
  const rows = await readRows(
    db,
    object,
    fields,
    known,
    params.version,
    sharingSql(session, org, object, ROW),
  );
  return canonical.map((one) => rows.get(one ?? '') ?? null);
}

type Save<T> = (context: WriteContext, object: SObject, items: T[]) => Promise<RecordResult[]>;

async function saveAll(org: Org, request: FastifyRequest, save: Save<RecordBody>) {
  const { records, wanted } = batchIn(org, request);
  const items = records.map((record, i) => {
    const type = typeOf(record);
    if (type === undefined) throw invalidInput('Each record needs attributes with a type');
    const known = org.schema.object(type);
    const isVisible = known !== undefined && request.session.access.canRead(known.name);
    const object = isVisible ? known : undefined;
    if (object !== undefined) refuseMistyped(request, object, record, ['records', i]);
    return { item: record, object, error: unsupportedObject(type) };
  });
  return saveInChunks(contextOf(org, request), wanted, items, save);
}

function batchIn(org: Org, request: FastifyRequest) {
  const body = objectIn(request.body) as { records?: unknown; allOrNone?: unknown };
  if (!Array.isArray(body.records)) throw missingArgument('records must be a list of sObjects');
  if (body.records.length > MAX_RECORDS) throw tooManyRecords(MAX_RECORDS);
  for (const record of body.records)
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw notAnSObject(tokenOf(record));
  const wanted = isAllOrNone(org, request, String(body.allOrNone ?? false));
  return { records: body.records as RecordBody[], wanted };
}

/** Inside a composite that is all or none, every collection is too. */
const isAllOrNone = (org: Org, { db }: FastifyRequest, asked: string | undefined) =>
  asked?.toLowerCase() === 'true' || db !== org.pool;

function sendResults(reply: FastifyReply, results: RecordResult[], withId: boolean) {
  return sendJson(
    reply,
    200,
    results.map((result) => listedResult(result, withId)),
  );
}

/** Updates and deletes that were rolled back still name their records. */
function withIds(org: Org, results: RecordResult[], ids: string[]): RecordResult[] {
  return results.map((result, i) => {
    const id = result.id ?? idOfRightShape(ids[i]!);
    const isOfObject = id !== null && org.schema.objectByPrefix(id.slice(0, 3)) !== undefined;
    const isRolledBack = result.errors[0]?.errorCode === 'ALL_OR_NONE_OPERATION_ROLLED_BACK';
    return isRolledBack && isOfObject ? { ...result, id } : result;
  });
}

function typeOf({ attributes }: RecordBody): string | undefined {
  const { type } = Object(attributes) as { type?: unknown };
  return type === undefined || type === null ? undefined : String(type);
}

const idsIn = (text: string | undefined) =>
  (text ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
