import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { malformedQuery } from '../errors.ts';
import type { Org } from '../org.ts';
import { queryColumns } from '../soql/column-metadata.ts';
import type { Caller } from '../soql/context.ts';
import { createCursorTables } from '../soql/cursors.ts';
import { explain } from '../soql/explain.ts';
import { firstPage, LARGEST_BATCH, nextPage, type Page } from '../soql/pages.ts';
import { recordWriter } from '../soql/records.ts';
import { storable } from '../storage.ts';

type Asked = FastifyRequest<{
  Params: { version: string };
  Querystring: { q?: string; explain?: string; columns?: string };
}>;
type More = FastifyRequest<{ Params: { version: string; locator: string } }>;

/** Query, queryAll and their further pages. */
export function queryRoutes(app: FastifyInstance, org: Org): void {
  app.addHook('onReady', () => createCursorTables(org.pool));
  for (const [name, allRows] of [
    ['query', false],
    ['queryAll', true],
  ] as const) {
    const path = `/services/data/v:version/${name}`;
    app.get(path, async (request: Asked, reply) => {
      const { q, explain: explained, columns } = request.query;
      if (explained !== undefined)
        return json(
          reply,
          JSON.stringify(await explain(callerOf(org, request), soqlOf(explained))),
        );
      if (columns === 'true')
        return json(
          reply,
          JSON.stringify(await queryColumns(callerOf(org, request), soqlOf(q), allRows)),
        );
      const batchSize = batchSizeHeader(request) ?? LARGEST_BATCH;
      return answer(
        request,
        reply,
        await firstPage(callerOf(org, request), soqlOf(q), { allRows, batchSize }),
      );
    });
    // A locator knows its own kind: clients ask /query for the pages of a queryAll too.
    app.get(`${path}/:locator`, async (request: More, reply) =>
      answer(
        request,
        reply,
        await nextPage(callerOf(org, request), request.params.locator, batchSizeHeader(request)),
      ),
    );
  }
}

/** The text of a parameter, which is there as often as the URL has it. */
function soqlOf(parameter: unknown): string {
  const soql = storable(String(parameter ?? ''));
  if (soql.trim() === '') throw malformedQuery('SOQL statements cannot be empty or null');
  return soql;
}

function callerOf(org: Org, request: Asked | More): Caller {
  const { db, session } = request;
  return { org, db, session, version: Number.parseFloat(request.params.version) };
}

function answer(request: Asked | More, reply: FastifyReply, page: Page): FastifyReply {
  const base = `/services/data/v${request.params.version}`;
  const { totalSize, locator, rows, shape } = page;
  const head = {
    totalSize,
    done: locator === null,
    ...(locator === null ? {} : { nextRecordsUrl: `${base}/query/${locator}` }),
  };
  const records = rows.map(recordWriter(shape, base)).join(',');
  return json(reply, `${JSON.stringify(head).slice(0, -1)},"records":[${records}]}`);
}

const json = (reply: FastifyReply, text: string): FastifyReply =>
  reply.type('application/json;charset=UTF-8').send(text);

/** The rows of a page that a client asks for; undefined without the header. */
export function batchSizeHeader(request: FastifyRequest): number | undefined {
  const header = String(request.headers['sforce-query-options'] ?? '');
  const asked = /batchSize\s*=\s*(\d+)/i.exec(header)?.[1];
  return asked === undefined ? undefined : Number(asked);
}
