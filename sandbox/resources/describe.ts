import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access.ts';
import { notFound, unmodifiedSinceFailed } from '../errors.ts';
import { originOf } from '../http/urls.ts';
import { describedOnly, describedOnlyNamed } from '../objects/described-only.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { SObject } from '../schema.ts';
import { allSeeing } from '../tooling/access.ts';
import { describeObject, type RecordTypeInfo, summarise } from './describe-object.ts';
import { recentItems } from './recent-items.ts';

type Request = FastifyRequest<{ Params: { version: string; object: string } }>;

/**
 * Describe global, of an object, and basic information. What the caller may not see does not exist.
 * All three can be asked for with If-Modified-Since or If-None-Match (304).
 */
export function describeRoutes(app: FastifyInstance, org: SandboxOrg): void {
  const global = '/services/data/v:version/sobjects';

  app.get<{ Params: { version: string } }>(global, async (request, reply) => {
    const { access } = request.session;
    const objects = org.schema.objects().filter(({ name }) => access.canRead(name));
    const listed = [...objects, ...describedOnly()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const base = `/services/data/v${request.params.version}`;
    return unlessUnchanged(org, request, reply, {
      encoding: 'UTF-8',
      maxBatchSize: 200,
      sobjects: listed.map((object) => summarise(object, access, base)),
    });
  });

  app.get(`${global}/:object/describe`, async (request: Request, reply) => {
    const object = visibleObject(org, request);
    const base = `/services/data/v${request.params.version}`;
    const types = await recordTypesOf(org, object);
    const access = accessTo(request, object);
    const origin = originOf(request);
    const description = describeObject(org.schema, object, access, base, types, origin);
    return unlessUnchanged(org, request, reply, description);
  });

  app.get(`${global}/:object`, async (request: Request, reply) => {
    const object = visibleObject(org, request);
    const base = `/services/data/v${request.params.version}`;
    const objectDescribe = summarise(object, accessTo(request, object), base);
    const items = await recentItems(org, request, request.params.version, { object });
    return unlessUnchanged(org, request, reply, { objectDescribe, recentItems: items });
  });
}

function visibleObject(org: SandboxOrg, request: Request): SObject {
  const named = request.params.object;
  const only = describedOnlyNamed(named);
  if (only !== undefined) return only;
  const object = org.schema.object(named);
  if (object === undefined || !request.session.access.canRead(object.name)) throw notFound();
  return object;
}

const accessTo = ({ session }: Request, { name }: SObject): Access =>
  describedOnlyNamed(name) === undefined ? session.access : allSeeing;

async function recordTypesOf(org: SandboxOrg, object: SObject): Promise<RecordTypeInfo[]> {
  const { rows } = await org.pool.query(
    `SELECT "Id" AS id, "Name" AS name, "DeveloperName" AS "developerName", "IsActive" AS active
     FROM org."RecordType" WHERE "SobjectType" = $1 ORDER BY "Id"`,
    [object.name],
  );
  return rows;
}

/**
 * Sends `body` with its ETag and Last-Modified, or 304 when the caller has it already. Throws 412 when
 * it is newer than If-Unmodified-Since.
 */
async function unlessUnchanged(
  org: SandboxOrg,
  request: FastifyRequest,
  reply: FastifyReply,
  body: object,
): Promise<FastifyReply> {
  const text = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`;
  const changedAt = Math.floor(org.schemaChangedAt.getTime() / 1000) * 1000;
  reply.header('etag', etag).header('last-modified', new Date(changedAt).toUTCString());
  const since = Date.parse(String(request.headers['if-modified-since'] ?? ''));
  const known = String(request.headers['if-none-match'] ?? '');
  const unless = Date.parse(String(request.headers['if-unmodified-since'] ?? ''));
  if (unless < changedAt) throw unmodifiedSinceFailed();
  const isUnchanged = known === '' ? since >= changedAt : known.includes(etag);
  if (isUnchanged) return reply.code(304).send();
  return reply.type('application/json;charset=UTF-8').send(text);
}
