import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { idInBody, notFound } from '../errors.ts';
import type { Org } from '../org.ts';
import { sharingSql } from '../sharing.ts';
import { inTransaction } from '../transaction.ts';
import { createRecords } from '../writes/create.ts';
import { deleteRecords } from '../writes/delete.ts';
import { findField } from '../writes/fields.ts';
import { rawId, updateRecords } from '../writes/update.ts';
import { upsertRecords } from '../writes/upsert.ts';
import { isConditional, isUnchanged, requireUnchanged } from './conditions.ts';
import { ANSWERS_UPDATES, externalIdRoutes } from './external-ids.ts';
import { noteRecent } from './recent-items.ts';
import {
  BASE,
  contextOf,
  fieldsNamed,
  idInPath,
  objectNamed,
  recordBody,
  sendErrors,
  sendJson,
} from './record-request.ts';
import { replicationRoutes } from './replication.ts';
import { ROW, readableFields, readRows, rowPath } from './row-reader.ts';

interface Row {
  Params: { version: string; object: string; id: string };
  Querystring: { fields?: string };
}

/** One record: create, read, update and delete, by id or by an external id; and what changed when. */
export function recordRoutes(app: FastifyInstance, org: Org): void {
  const rows = `${BASE}/sobjects/:object`;

  app.post<Pick<Row, 'Params'>>(rows, (request, reply) => create(org, request, reply));

  app.post<Pick<Row, 'Params'>>(`${rows}/Id`, async (request, reply) => {
    const object = objectNamed(org, request.session, request.params.object);
    const body = recordBody(request, object);
    if (rawId(body) !== '') return sendErrors(reply, [idInBody()]);
    const key = findField(object, 'Id')!;
    const [result] = await upsertRecords(contextOf(org, request), object, key, [body]);
    if (!result!.success) return sendErrors(reply, result!.errors);
    reply.header('location', rowPath(request.params.version, object, result!.id!));
    const answer = { id: result!.id, success: true, errors: [] };
    const isOld = Number(request.params.version) < ANSWERS_UPDATES;
    return sendJson(reply, 201, isOld ? answer : { ...answer, created: true });
  });

  app.get<Row>(`${rows}/:id`, (request, reply) => read(org, request, reply));

  app.patch<Row>(`${rows}/:id`, (request, reply) => update(org, request, reply));

  app.delete<Row>(`${rows}/:id`, async (request, reply) => {
    const object = objectNamed(org, request.session, request.params.object);
    const id = idInPath(object, request.params.id, 'write');
    const [result] = await deleteRecords(contextOf(org, request), object, [id]);
    return result!.success ? reply.code(204).send() : sendErrors(reply, result!.errors);
  });

  externalIdRoutes(app, org);
  replicationRoutes(app, org);
}

async function create(
  org: Org,
  request: FastifyRequest<Pick<Row, 'Params'>>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const object = objectNamed(org, request.session, request.params.object);
  const body = recordBody(request, object);
  const [result] = await createRecords(contextOf(org, request), object, [body]);
  if (!result!.success) return sendErrors(reply, result!.errors);
  await noteRecent(org, request, object, result!.id!);
  reply.header('location', rowPath(request.params.version, object, result!.id!));
  return sendJson(reply, 201, { id: result!.id, success: true, errors: [] });
}

async function read(org: Org, request: FastifyRequest<Row>, reply: FastifyReply) {
  const { session, db, params, query } = request;
  const object = objectNamed(org, session, params.object);
  const id = idInPath(object, params.id, 'read');
  const fields =
    query.fields === undefined
      ? readableFields(session, object)
      : fieldsNamed(session, object, query.fields.split(','));
  if (await isUnchanged(request, reply, object, id)) return reply.code(304).send();
  const found = await readRows(
    db,
    object,
    fields,
    [id],
    params.version,
    sharingSql(session, org, object, ROW),
  );
  const row = found.get(id);
  if (row === undefined) throw notFound();
  await noteRecent(org, request, object, id);
  return sendJson(reply, 200, row);
}

async function update(org: Org, request: FastifyRequest<Row>, reply: FastifyReply) {
  const object = objectNamed(org, request.session, request.params.object);
  const id = idInPath(object, request.params.id, 'write');
  const body = recordBody(request, object);
  if (Object.keys(body).some((name) => name.toLowerCase() === 'id'))
    return sendErrors(reply, [idInBody()]);
  const context = contextOf(org, request);
  const save = (db: typeof context.db) =>
    updateRecords({ ...context, db }, object, [{ ...body, Id: id }]);
  const [result] = isConditional(request)
    ? await inTransaction(context.db, async (client) => {
        await requireUnchanged(request, client, object, id);
        return save(client);
      })
    : await save(context.db);
  if (!result!.success) return sendErrors(reply, result!.errors);
  await noteRecent(org, request, object, id);
  return reply.code(204).send();
}
