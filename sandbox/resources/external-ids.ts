import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { externalIdInBody, noExternalIdField, notFound, SalesforceError } from '../errors.ts';
import type { Org } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { sharingSql } from '../sharing.ts';
import { inTransaction } from '../transaction.ts';
import { deleteRecords } from '../writes/delete.ts';
import { keyOf } from '../writes/fields.ts';
import { normaliseValue } from '../writes/normalise-value.ts';
import { idsByKey } from '../writes/references.ts';
import { upsertRecords } from '../writes/upsert.ts';
import { isUnchanged } from './conditions.ts';
import { noteRecent } from './recent-items.ts';
import {
  BASE,
  contextOf,
  externalIdField,
  fieldsNamed,
  objectNamed,
  recordBody,
  sendErrors,
  sendJson,
} from './record-request.ts';
import { deleteRelated, readRelated, type Trail, trailOf, updateRelated } from './relationships.ts';
import { ROW, readableFields, readRows, rowPath } from './row-reader.ts';

interface ByExternalId {
  Params: { version: string; object: string; field: string; value: string; '*'?: string };
  Querystring: { fields?: string; updateOnly?: string };
}

type Request = FastifyRequest<ByExternalId>;

/** The version from which an upsert's answer says what it did. */
export const ANSWERS_UPDATES = 46;

/**
 * `/sobjects/X/{ExtField}/{value}`: read, upsert and delete by an external id. A path that has an id
 * in the field's place follows relationships from that row.
 */
export function externalIdRoutes(app: FastifyInstance, org: Org): void {
  const path = `${BASE}/sobjects/:object/:field/:value`;

  for (const url of [path, `${path}/*`]) {
    app.get<ByExternalId>(url, (request, reply) => {
      const trail = trailIn(org, request);
      return trail === undefined
        ? read(org, request, reply)
        : readRelated(app, org, request, reply, trail);
    });

    app.patch<ByExternalId>(url, (request, reply) => {
      const trail = trailIn(org, request);
      return trail === undefined
        ? upsert(org, request, reply)
        : updateRelated(org, request, reply, trail);
    });

    app.delete<ByExternalId>(url, (request, reply) => {
      const trail = trailIn(org, request);
      return trail === undefined
        ? remove(org, request, reply)
        : deleteRelated(org, request, reply, trail);
    });
  }
}

function trailIn(org: Org, { session, params }: Request): Trail | undefined {
  const object = objectNamed(org, session, params.object);
  const rest = (params['*'] ?? '').split('/').filter((part) => part !== '');
  const trail = trailOf(object, params.version, [params.field, params.value, ...rest]);
  if (trail === undefined && rest.length > 0) throw notFound();
  return trail;
}

async function read(org: Org, request: Request, reply: FastifyReply) {
  const { session, db, params, query } = request;
  const { object, ids } = await find(org, request);
  if (ids.length > 1) return sendChoices(reply, request, object, ids);
  const fields =
    query.fields === undefined
      ? readableFields(session, object)
      : fieldsNamed(session, object, query.fields.split(','));
  const [id] = ids;
  if (id === undefined) throw notFound();
  if (await isUnchanged(request, reply, object, id)) return reply.code(304).send();
  const row = (
    await readRows(db, object, fields, ids, params.version, sharingSql(session, org, object, ROW))
  ).get(id);
  if (row === undefined) throw notFound();
  await noteRecent(org, request, object, id);
  return sendJson(reply, 200, row);
}

async function remove(org: Org, request: Request, reply: FastifyReply) {
  const { object, ids } = await find(org, request);
  if (ids.length > 1) return sendChoices(reply, request, object, ids);
  if (ids.length === 0) throw notFound();
  const [result] = await deleteRecords(contextOf(org, request), object, ids);
  return result!.success ? reply.code(204).send() : sendErrors(reply, result!.errors);
}

async function find(org: Org, request: Request) {
  const { session, params } = request;
  const object = objectNamed(org, session, params.object);
  const field = externalIdField(session, object, params.field);
  const ids = await matchesOf(request, object, field);
  return { object, field, ids };
}

async function matchesOf({ db, params }: Request, object: SObject, field: Field) {
  const value = valueInPath(field, params.value);
  if (value === null) return [];
  const found = await inTransaction(db, (client) => idsByKey(client, object, field, [value]));
  return found.get(keyOf(field, value)) ?? [];
}

/** Null when no row can hold the value. */
function valueInPath(field: Field, text: string): string | null {
  try {
    return normaliseValue(field, text);
  } catch (error) {
    if (error instanceof SalesforceError) return null;
    throw error;
  }
}

async function upsert(org: Org, request: Request, reply: FastifyReply) {
  const { session, params, query } = request;
  const object = objectNamed(org, session, params.object);
  const field = externalIdField(session, object, params.field);
  if (params.value.trim() === '') throw noExternalIdField(params.field);
  const body = recordBody(request, object);
  const forbidden = ['id', field.name.toLowerCase()];
  const repeated = Object.keys(body).find((name) => forbidden.includes(name.toLowerCase()));
  if (repeated !== undefined) return sendErrors(reply, [externalIdInBody(repeated)]);
  const [result] = await upsertRecords(
    contextOf(org, request),
    object,
    field,
    [{ ...body, [field.name]: params.value }],
    { updateOnly: query.updateOnly?.toLowerCase() === 'true' },
  );
  const { id, success, created, errors } = result!;
  if (!success) {
    if (errors[0]!.status !== 300) return sendErrors(reply, errors);
    return sendChoices(reply, request, object, await matchesOf(request, object, field));
  }
  await noteRecent(org, request, object, id!);
  if (created === true) reply.header('location', rowPath(params.version, object, id!));
  const isOld = Number(params.version) < ANSWERS_UPDATES;
  if (isOld && created !== true) return reply.code(204).send();
  const answer = { id, success: true, errors: [], ...(isOld ? {} : { created }) };
  return sendJson(reply, created === true ? 201 : 200, answer);
}

/** 300: several rows hold the value; the caller is to choose one. */
function sendChoices(reply: FastifyReply, { params }: Request, object: SObject, ids: string[]) {
  return sendJson(
    reply,
    300,
    ids.map((id) => rowPath(params.version, object, id)),
  );
}
