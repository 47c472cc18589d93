import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { malformedQuery, SalesforceError } from '../errors.ts';
import type { Org } from '../org.ts';
import { type Compiled, type Context, compile } from '../soql/compile.ts';
import {
  type Cursor,
  createCursorTables,
  findCursor,
  idsOf,
  invalidLocator,
  openCursor,
} from '../soql/cursors.ts';
import { type Row, recordWriter } from '../soql/records.ts';
import { runById, runRows } from '../soql/run.ts';
import { userTimeZone } from '../soql/time-zone.ts';
import { storable } from '../storage.ts';

type Asked = FastifyRequest<{ Params: { version: string }; Querystring: { q?: string } }>;
type More = FastifyRequest<{ Params: { version: string; locator: string } }>;

const SMALLEST_BATCH = 200;
const LARGEST_BATCH = 2000;

/** Query, queryAll and their further pages. */
export function queryRoutes(app: FastifyInstance, org: Org): void {
  app.addHook('onReady', () => createCursorTables(org.pool));
  for (const [name, allRows] of [
    ['query', false],
    ['queryAll', true],
  ] as const) {
    const path = `/services/data/v:version/${name}`;
    app.get(path, (request: Asked, reply) => firstPage(org, request, reply, allRows));
    // A locator knows its own kind: clients ask /query for the pages of a queryAll too.
    app.get(`${path}/:locator`, (request: More, reply) => nextPage(org, request, reply));
  }
}

async function firstPage(
  org: Org,
  request: Asked,
  reply: FastifyReply,
  allRows: boolean,
): Promise<FastifyReply> {
  const soql = storable(request.query.q ?? '');
  if (soql.trim() === '') throw malformedQuery('SOQL statements cannot be empty or null');
  const compiled = compile(soql, await contextOf(org, request, soql, allRows));
  if (compiled.kind === 'count') {
    const [row] = await runRows(request.db, compiled.sql, compiled.params);
    return answer(reply, { totalSize: Number(row?.[0]), done: true }, []);
  }
  const write = recordWriter(compiled.shape, baseOf(request));
  const batchSize = batchSizeOf(request);
  const rows = await rowsUpTo(request, compiled, batchSize);
  if (rows.length <= batchSize)
    return answer(reply, { totalSize: rows.length, done: true }, rows.map(write));
  const cursor = await openCursor(request.db, compiled, {
    soql,
    allRows,
    batchSize,
    userId: request.session.userId,
  });
  const ids = await idsOf(request.db, cursor, 0, batchSize);
  // A row may have changed between the two statements: then the page is read again by its ids.
  const page = ids.every((id, i) => rows[i]?.[0] === id)
    ? rows.slice(0, ids.length)
    : await runById(request.db, compiled, ids);
  return answer(reply, progress(request, cursor, ids.length), page.map(write));
}

/** The first rows, one more than a page to tell whether there are others. */
async function rowsUpTo(request: Asked, compiled: Compiled, batchSize: number): Promise<Row[]> {
  if (compiled.kind === 'rows')
    return runRows(request.db, compiled.limited(batchSize + 1), compiled.params);
  const rows = await runRows(request.db, compiled.sql, compiled.params);
  if (rows.length > LARGEST_BATCH)
    throw new SalesforceError(
      400,
      'EXCEEDED_ID_LIMIT',
      'Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch',
    );
  return rows;
}

async function nextPage(org: Org, request: More, reply: FastifyReply): Promise<FastifyReply> {
  const [, id, offsetText] = /^([A-Za-z0-9]{15,18})-(\d{1,9})$/.exec(request.params.locator) ?? [];
  if (id === undefined) throw invalidLocator();
  const cursor = await findCursor(request.db, id, request.session.userId);
  const offset = Number(offsetText);
  if (offset >= cursor.total) throw invalidLocator();
  const compiled = compile(cursor.soql, await contextOf(org, request, cursor.soql, cursor.allRows));
  const batchSize =
    request.headers['sforce-query-options'] === undefined ? cursor.batchSize : batchSizeOf(request);
  const ids = await idsOf(request.db, cursor, offset, batchSize);
  const rows = await runById(request.db, compiled, ids);
  const write = recordWriter(compiled.shape, baseOf(request));
  return answer(reply, progress(request, cursor, offset + ids.length), rows.map(write));
}

interface Progress {
  totalSize: number;
  done: boolean;
  nextRecordsUrl?: string;
}

function progress(request: Asked | More, cursor: Cursor, read: number): Progress {
  if (read >= cursor.total) return { totalSize: cursor.total, done: true };
  const nextRecordsUrl = `${baseOf(request)}/query/${cursor.id}-${read}`;
  return { totalSize: cursor.total, done: false, nextRecordsUrl };
}

function answer(reply: FastifyReply, head: Progress, records: string[]): FastifyReply {
  const text = `${JSON.stringify(head).slice(0, -1)},"records":[${records.join(',')}]}`;
  return reply.type('application/json;charset=UTF-8').send(text);
}

async function contextOf(
  org: Org,
  request: FastifyRequest,
  soql: string,
  allRows: boolean,
): Promise<Context> {
  const { access, userId } = request.session;
  const zone = await userTimeZone(request.db, org.schema, userId, soql);
  return { schema: org.schema, access, now: org.now(), userTimeZone: zone, allRows };
}

const baseOf = (request: Asked | More) => `/services/data/v${request.params.version}`;

function batchSizeOf(request: FastifyRequest): number {
  const header = String(request.headers['sforce-query-options'] ?? '');
  const asked = Number(/batchSize\s*=\s*(\d+)/i.exec(header)?.[1] ?? LARGEST_BATCH);
  return Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, asked));
}
