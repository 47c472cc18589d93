import { malformedQuery, SalesforceError } from '../errors.ts';
import { storable } from '../storage.ts';
import { fitting, hasLists, listAt } from './batch.ts';
import { type Compiled, compile } from './compile.ts';
import { type Caller, queryContext } from './context.ts';
import {
  type Cursor,
  endLists,
  findCursor,
  finishCursor,
  idsOf,
  invalidLocator,
  openCursor,
  openListCursor,
  tieLists,
} from './cursors.ts';
import type { Row } from './records.ts';
import { runById, runRows } from './run.ts';
import type { Shape } from './shape.ts';

const SMALLEST_BATCH = 200;
export const LARGEST_BATCH = 2000;

/** Characters that the fields of a row may hold at most before pages get fewer rows. */
const WIDE_ROW = 64_000;

/** One page of a query's result, whatever form it is to be sent in. */
export interface Page {
  /** Of the whole result. */
  totalSize: number;
  /** What the next page is asked for by, `01g…-2000`; null after the last. */
  locator: string | null;
  rows: Row[];
  shape: Shape;
}

/** A batch size as asked for, held within what there is. */
function batchSizeOf(asked: number): number {
  const whole = Number.isFinite(asked) ? Math.floor(asked) : LARGEST_BATCH;
  return Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, whole));
}

export interface Asked {
  /** Deleted rows and archived activities too: queryAll. */
  allRows: boolean;
  /** Rows, held within 200 and 2000. */
  batchSize: number;
}

/** Runs a query and answers with its first page. Throws what compile throws, and EXCEEDED_ID_LIMIT. */
export async function firstPage(caller: Caller, text: string, asked: Asked): Promise<Page> {
  const soql = storable(text);
  if (soql.trim() === '') throw malformedQuery('SOQL statements cannot be empty or null');
  const { db, session } = caller;
  const { allRows } = asked;
  const compiled = compile(soql, await queryContext(caller, soql, allRows));
  const { kind, shape } = compiled;
  if (kind === 'count') {
    const [row] = await runRows(db, compiled.sql, compiled.params);
    return { totalSize: Number(row?.[0]), locator: null, rows: [], shape };
  }
  if (kind === 'aggregate') {
    const rows = await runRows(db, compiled.sql, compiled.params);
    if (rows.length > LARGEST_BATCH)
      throw new SalesforceError(
        400,
        'EXCEEDED_ID_LIMIT',
        'Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch',
      );
    return { totalSize: rows.length, locator: null, rows, shape };
  }
  const batchSize = narrowed(compiled, batchSizeOf(asked.batchSize));
  const found = await runRows(db, compiled.limited(batchSize + 1), compiled.params);
  const kept = { soql, allRows, batchSize, userId: session.userId };
  const lists: string[] = [];
  const rows = await fitPage(caller, found, shape, kept, [], lists);
  if (rows.length === found.length) return { totalSize: rows.length, locator: null, rows, shape };
  const cursor = await openCursor(db, compiled.ids, kept);
  const ids = await idsOf(db, cursor, 0, rows.length);
  // A row may have changed between the two statements: then the page is read again by its ids.
  const same =
    ids.length === rows.length && ids.every((id, i) => rows[i]?.[shape.idColumn!] === id);
  const page = same
    ? rows
    : await fitPage(caller, await runById(db, compiled, ids), shape, kept, [], lists);
  await tieLists(db, cursor, lists);
  return { totalSize: cursor.total, locator: locatorOf(cursor, page.length), rows: page, shape };
}

/** A further page. Throws INVALID_QUERY_LOCATOR. */
export async function nextPage(caller: Caller, locator: string, batchSize?: number): Promise<Page> {
  const { db, session } = caller;
  const [, id, offsetText] = /^([A-Za-z0-9]{15,18})-(\d{1,9})$/.exec(locator) ?? [];
  if (id === undefined) throw invalidLocator();
  const cursor = await findCursor(db, id, session.userId);
  const offset = Number(offsetText);
  if (offset >= cursor.total) throw invalidLocator();
  const { soql, allRows } = cursor;
  const compiled = compile(soql, await queryContext(caller, soql, allRows));
  const list = cursor.list.length === 0 ? undefined : listAt(compiled.shape, cursor.list);
  const shape = list?.shape ?? compiled.shape;
  const size =
    batchSize === undefined ? cursor.batchSize : narrowed(compiled, batchSizeOf(batchSize));
  const ids = await idsOf(db, cursor, offset, size);
  const found = await runById(db, list?.list ?? compiled, ids);
  const kept = { soql, allRows, batchSize: size, userId: session.userId };
  const lists: string[] = [];
  if (hasLists(shape)) await endLists(db, cursor);
  const rows = await fitPage(caller, found, shape, kept, cursor.list, lists);
  await tieLists(db, cursor, lists);
  // Where a row is gone, the ids are ahead of the rows; a page cut short ends at its last row's id.
  const last = rows.at(-1)?.[shape.idColumn!];
  const read = rows.length === found.length ? ids.length : ids.indexOf(last ?? '') + 1;
  const next = locatorOf(cursor, offset + read);
  if (next === null) await finishCursor(db, cursor);
  return { totalSize: cursor.total, locator: next, rows, shape };
}

function locatorOf(cursor: Cursor, read: number): string | null {
  return read >= cursor.total ? null : `${cursor.id}-${read}`;
}

function fitPage(
  { db }: Caller,
  rows: Row[],
  shape: Shape,
  kept: Parameters<typeof openListCursor>[2],
  list: string[],
  opened: string[],
): Promise<Row[]> {
  return fitting(rows, shape, kept.batchSize, async (_entry, path, ids) => {
    const { id } = await openListCursor(db, ids, kept, [...list, ...path]);
    opened.push(id);
    return id;
  });
}

/** Fewer rows where each is wide. */
function narrowed({ selected, shape }: Compiled, batchSize: number): number {
  const width = selected.reduce((sum, { field }) => sum + field.length, 0);
  if (width <= WIDE_ROW || hasLists(shape)) return batchSize;
  return Math.max(SMALLEST_BATCH, Math.floor((batchSize * WIDE_ROW) / width));
}
