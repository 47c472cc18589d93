import type { FastifyInstance, FastifyRequest } from 'fastify';
import { insufficientAccess, notFound, SalesforceError } from '../errors.ts';
import { originOf } from '../http/urls.ts';
import { describeObject, summarise } from '../resources/describe-object.ts';
import { objectIn, sendJson } from '../resources/record-request.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { SObject } from '../schema.ts';
import { quote, storable } from '../storage.ts';
import { allSeeing } from './access.ts';
import { createField, deleteField, updateField } from './custom-field.ts';
import { createObject } from './custom-object.ts';
import { metadataRequired } from './failures.ts';
import type { Metadata } from './metadata.ts';
import { toolingSchema } from './objects.ts';
import { toolingQueryRoutes } from './query.ts';
import { createRule, deleteRule, updateRule } from './validation-rule.ts';

interface Kind {
  create(org: SandboxOrg, fullName: unknown, metadata: Metadata): Promise<string>;
  update?(org: SandboxOrg, id: string, metadata: Metadata): Promise<void>;
  remove?(org: SandboxOrg, id: string): Promise<void>;
}

/** What the Tooling API can make and change here. */
const KINDS: Record<string, Kind | undefined> = {
  CustomField: { create: createField, update: updateField, remove: deleteField },
  CustomObject: { create: createObject },
  ValidationRule: { create: createRule, update: updateRule, remove: deleteRule },
};

type Typed = FastifyRequest<{ Params: { version: string; type: string } }>;
type Row = FastifyRequest<{ Params: { version: string; type: string; id: string } }>;

/** The Tooling API, as far as an org is set up by it: fields, objects, rules, and queries about them. */
export function toolingRoutes(app: FastifyInstance, org: SandboxOrg): void {
  const base = '/services/data/v:version/tooling';

  app.get(base, async (request: Typed) => {
    const path = `/services/data/v${request.params.version}/tooling`;
    const names = ['sobjects', 'query', 'queryAll'];
    return Object.fromEntries(names.map((name) => [name, `${path}/${name}`]));
  });
  toolingQueryRoutes(app, org);

  app.get(`${base}/sobjects`, async (request: Typed) => ({
    encoding: 'UTF-8',
    maxBatchSize: 200,
    sobjects: toolingSchema(org.schema)
      .objects()
      .map((object) => summarise(object, allSeeing, pathOf(request))),
  }));
  app.get(`${base}/sobjects/:type`, async (request: Typed) => ({
    objectDescribe: summarise(objectNamed(org, request.params.type), allSeeing, pathOf(request)),
    recentItems: [],
  }));
  app.get(`${base}/sobjects/:type/describe`, async (request: Typed) =>
    describeObject(
      toolingSchema(org.schema),
      objectNamed(org, request.params.type),
      allSeeing,
      pathOf(request),
      [],
      originOf(request),
    ),
  );

  app.post(`${base}/sobjects/:type`, async (request: Typed, reply) => {
    const { type, kind } = kindNamed(org, request);
    const { fullName, metadata } = bodyOf(request);
    const made = await kind.create(org, fullName, metadata);
    const { rows } = await org.pool.query(
      `SELECT "Id" AS id FROM org.${quote(type)} WHERE lower("FullName") = lower($1)`,
      [made],
    );
    return sendJson(reply, 201, {
      id: rows[0].id,
      success: true,
      errors: [],
      warnings: [],
      infos: [],
    });
  });
  app.patch(`${base}/sobjects/:type/:id`, async (request: Row, reply) => {
    const { kind } = kindNamed(org, request);
    if (kind.update === undefined) throw unsupported(request.params.type);
    await kind.update(org, storable(request.params.id), bodyOf(request).metadata);
    return reply.code(204).send();
  });
  app.delete(`${base}/sobjects/:type/:id`, async (request: Row, reply) => {
    const { kind } = kindNamed(org, request);
    if (kind.remove === undefined) throw unsupported(request.params.type);
    await kind.remove(org, storable(request.params.id));
    return reply.code(204).send();
  });
  app.get(`${base}/sobjects/:type/:id`, async (request: Row, reply) => {
    const object = objectNamed(org, request.params.type);
    const { rows } = await org.pool.query(
      `SELECT * FROM org.${quote(object.name)} WHERE left("Id", 15) = left($1, 15)`,
      [storable(request.params.id)],
    );
    if (rows[0] === undefined) throw notFound();
    const url = `${pathOf(request)}/sobjects/${object.name}/${rows[0].Id}`;
    return sendJson(reply, 200, { attributes: { type: object.name, url }, ...shown(rows[0]) });
  });
}

const pathOf = (request: Typed | Row) => `/services/data/v${request.params.version}/tooling`;

function shown(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      name === 'Metadata' && typeof value === 'string' ? JSON.parse(value) : value,
    ]),
  );
}

const unsupported = (type: string) =>
  new SalesforceError(
    400,
    'INVALID_TYPE_FOR_OPERATION',
    `entity type ${type} does not support this operation`,
  );

function objectNamed(org: SandboxOrg, name: string): SObject {
  const object = toolingSchema(org.schema).object(name);
  if (object === undefined) throw notFound();
  return object;
}

function kindNamed(org: SandboxOrg, request: Typed | Row): { type: string; kind: Kind } {
  const object = objectNamed(org, request.params.type);
  const kind = KINDS[object.name];
  if (kind === undefined) throw unsupported(object.name);
  if (!request.session.access.has('CustomizeApplication')) throw insufficientAccess();
  return { type: object.name, kind };
}

function bodyOf(request: FastifyRequest): { fullName: unknown; metadata: Metadata } {
  const body = Object.fromEntries(
    Object.entries(objectIn(request.body)).map(([name, value]) => [
      name.toLowerCase(),
      storableIn(value),
    ]),
  );
  const { fullname, metadata } = body;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw metadataRequired();
  return { fullName: fullname ?? (metadata as Metadata).fullName, metadata: metadata as Metadata };
}

/** The same value with texts as PostgreSQL can hold them. */
function storableIn(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (_name, one) =>
    typeof one === 'string' ? storable(one) : one,
  );
}
