import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access.ts';
import { malformedQuery } from '../errors.ts';
import { batchSizeHeader } from '../resources/query.ts';
import { sendJson } from '../resources/record-request.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { queryColumns } from '../soql/column-metadata.ts';
import type { Caller } from '../soql/context.ts';
import { firstPage, LARGEST_BATCH, nextPage, type Page } from '../soql/pages.ts';
import { recordWriter } from '../soql/records.ts';
import { allSeeing } from './access.ts';
import { TOOLING_OBJECTS, toolingSchema } from './objects.ts';

type Asked = FastifyRequest<{
  Params: { version: string };
  Querystring: { q?: string; columns?: string };
}>;
type More = FastifyRequest<{ Params: { version: string; locator: string } }>;

/** Queries of the Tooling API and their further pages. */
export function toolingQueryRoutes(app: FastifyInstance, org: SandboxOrg): void {
  for (const [name, allRows] of [
    ['query', false],
    ['queryAll', true],
  ] as const) {
    const path = `/services/data/v:version/tooling/${name}`;
    app.get(path, async (request: Asked, reply) => {
      const batchSize = batchSizeHeader(request) ?? LARGEST_BATCH;
      const soql = String(request.query.q ?? '');
      if (request.query.columns === 'true')
        return sendJson(reply, 200, await queryColumns(callerOf(org, request), soql, allRows));
      const page = await firstPage(callerOf(org, request), soql, { allRows, batchSize });
      return answer(request, reply, page);
    });
    app.get(`${path}/:locator`, async (request: More, reply) => {
      const { locator } = request.params;
      const page = await nextPage(callerOf(org, request), locator, batchSizeHeader(request));
      return answer(request, reply, page);
    });
  }
}

/** The same user, who sees all definitions besides what the data API shows. */
function callerOf(org: SandboxOrg, request: Asked | More): Caller {
  const { db, session } = request;
  return {
    org: { ...org, schema: toolingSchema(org.schema) },
    db,
    session: { ...session, access: withDefinitions(session.access) },
    version: Number.parseFloat(request.params.version),
  };
}

const DEFINITIONS = new Set(TOOLING_OBJECTS.map(({ name }) => name));

const withDefinitions = (access: Access): Access => ({
  ...allSeeing,
  canRead: (object) => DEFINITIONS.has(object) || access.canRead(object),
  canReadField: (object, field) => DEFINITIONS.has(object) || access.canReadField(object, field),
  canViewAll: (object) => DEFINITIONS.has(object) || access.canViewAll(object),
});

function answer(request: Asked | More, reply: FastifyReply, page: Page): FastifyReply {
  const { rows, shape, totalSize, locator } = page;
  const keys = shape.entries.map(({ key }) => key);
  if (totalSize > 1 && keys.some((key) => key === 'FullName' || key === 'Metadata'))
    throw malformedQuery(
      `When retrieving results with Metadata or FullName fields, the query qualifications must specify no more than one row for retrieval. Result size: ${totalSize}`,
    );
  const base = `/services/data/v${request.params.version}/tooling`;
  const write = recordWriter(shape, base);
  return sendJson(reply, 200, {
    size: rows.length,
    totalSize,
    done: locator === null,
    queryLocator: locator,
    entityTypeName: shape.type,
    ...(locator === null ? {} : { nextRecordsUrl: `${base}/query/${locator}` }),
    records: rows.map((row) => withMetadata(JSON.parse(write(row)))),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a record of any shape
function withMetadata(record: any): any {
  if (typeof record?.Metadata === 'string') record.Metadata = JSON.parse(record.Metadata);
  return record;
}
