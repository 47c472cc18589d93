import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { methodNotAllowed, notFound } from '../errors.ts';
import { isSince } from '../http/since.ts';
import type { Org, Session } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { sharingSql } from '../sharing.ts';
import { deleteRecords } from '../writes/delete.ts';
import { findField, visibleField } from '../writes/fields.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import { updateRecords } from '../writes/update.ts';
import { isUnchanged } from './conditions.ts';
import { contextOf, fieldsNamed, recordBody, sendErrors, sendJson } from './record-request.ts';
import { ROW, readableFields, readRows } from './row-reader.ts';
import { dispatch } from './subrequests.ts';

/** How many steps a path may take from child to parent. */
const MOST_STEPS = 5;

/** The path of a relationship, `/sobjects/X/{id}/{relationship}…`, taken apart. */
export interface Trail {
  object: SObject;
  id: string;
  steps: string[];
}

type Request = FastifyRequest<{
  Params: { version: string };
  Querystring: { fields?: string };
}>;

/**
 * Tells `/sobjects/X/{id}/{relationship}` from a path by external id, which looks alike: undefined
 * when the part after the object is no id of its rows.
 */
export function trailOf(
  object: SObject,
  version: string,
  [first = '', ...steps]: string[],
): Trail | undefined {
  const id = idOfRightShape(first);
  if (id === null || id.slice(0, 3) !== object.keyPrefix) return undefined;
  if (findField(object, first) !== undefined) return undefined;
  // A single step is as old as several; only the path cannot tell it from a value.
  return isSince(version, 'sobjects/X/id/relationship/relationship')
    ? { object, id, steps }
    : undefined;
}

type Found =
  | { kind: 'row'; object: SObject; id: string }
  | { kind: 'children'; child: SObject; field: string; parentId: string };

/** GET: the parent's row, or the children as the first page of a query. `fields=` picks. */
export async function readRelated(
  app: FastifyInstance,
  org: Org,
  request: Request,
  reply: FastifyReply,
  trail: Trail,
): Promise<FastifyReply> {
  const { session, db, params, query } = request;
  const found = await follow(org, request, trail);
  const object = found.kind === 'row' ? found.object : found.child;
  const fields =
    query.fields === undefined
      ? readableFields(session, object)
      : fieldsNamed(session, object, query.fields.split(','));
  if (found.kind === 'children') return readChildren(app, request, reply, fields, found);
  if (await isUnchanged(request, reply, object, found.id)) return reply.code(304).send();
  const row = (
    await readRows(
      db,
      object,
      fields,
      [found.id],
      params.version,
      sharingSql(session, org, object, ROW),
    )
  ).get(found.id);
  if (row === undefined) throw notFound();
  return sendJson(reply, 200, row);
}

/** A query finds the children, so that they are paged, filtered and shown as rows of queries are. */
async function readChildren(
  app: FastifyInstance,
  request: Request,
  reply: FastifyReply,
  fields: Field[],
  { child, field, parentId }: Extract<Found, { kind: 'children' }>,
): Promise<FastifyReply> {
  const names = fields.map(({ name }) => name).join(', ');
  const soql = `SELECT ${names} FROM ${child.name} WHERE ${field} = '${parentId}'`;
  const options = request.headers['sforce-query-options'];
  const { status, text } = await dispatch(app, request, request.db, {
    method: 'GET',
    url: `/services/data/v${request.params.version}/query?q=${encodeURIComponent(soql)}`,
    headers: options === undefined ? {} : { 'sforce-query-options': String(options) },
    body: undefined,
  });
  return reply.code(status).type('application/json;charset=UTF-8').send(text);
}

/** PATCH: changes the parent's row. */
export async function updateRelated(
  org: Org,
  request: Request,
  reply: FastifyReply,
  trail: Trail,
): Promise<FastifyReply> {
  const { object, id } = await parentOf(org, request, trail);
  const body = recordBody(request, object);
  const [result] = await updateRecords(contextOf(org, request), object, [{ ...body, Id: id }]);
  return result!.success ? reply.code(204).send() : sendErrors(reply, result!.errors);
}

/** DELETE: deletes the parent's row. */
export async function deleteRelated(
  org: Org,
  request: Request,
  reply: FastifyReply,
  trail: Trail,
): Promise<FastifyReply> {
  const { object, id } = await parentOf(org, request, trail);
  const [result] = await deleteRecords(contextOf(org, request), object, [id]);
  return result!.success ? reply.code(204).send() : sendErrors(reply, result!.errors);
}

async function parentOf(org: Org, request: Request, trail: Trail) {
  const found = await follow(org, request, trail);
  if (found.kind === 'row') return found;
  throw methodNotAllowed(request.method, ['HEAD', 'GET']);
}

async function follow(org: Org, request: Request, trail: Trail): Promise<Found> {
  const { session, db, params } = request;
  let { object, id } = trail;
  if (trail.steps.length > MOST_STEPS) throw notFound();
  for (const [i, step] of trail.steps.entries()) {
    const reference = parentField(session, object, step);
    if (reference === undefined) {
      const children = i === trail.steps.length - 1 && childrenNamed(org, session, object, step);
      const rows = await readRows(
        db,
        object,
        [],
        [id],
        params.version,
        sharingSql(session, org, object, ROW),
      );
      if (!children || !rows.has(id)) throw notFound();
      return { kind: 'children', ...children, parentId: id };
    }
    const row = (
      await readRows(
        db,
        object,
        [reference],
        [id],
        params.version,
        sharingSql(session, org, object, ROW),
      )
    ).get(id);
    const parentId = row?.[reference.name];
    const parent =
      typeof parentId === 'string' ? org.schema.objectByPrefix(parentId.slice(0, 3)) : undefined;
    if (parent === undefined || !session.access.canRead(parent.name)) throw notFound();
    object = parent;
    id = String(parentId);
  }
  return { kind: 'row', object, id };
}

function parentField(session: Session, object: SObject, name: string): Field | undefined {
  const field = object.fields.find(
    ({ relationshipName }) => relationshipName?.toLowerCase() === name.toLowerCase(),
  );
  return field === undefined ? undefined : visibleField(session, object, field.name);
}

function childrenNamed(org: Org, { access }: Session, object: SObject, name: string) {
  const found = org.schema
    .childRelationships(object)
    .find(({ relationshipName }) => relationshipName?.toLowerCase() === name.toLowerCase());
  const child = found && org.schema.object(found.childSObject);
  if (found === undefined || child === undefined) return undefined;
  return access.canReadField(child.name, found.field) ? { child, field: found.field } : undefined;
}
