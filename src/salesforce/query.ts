import { composite, type Get } from './composite.ts';
import { newSchema, schemaChange, schemaLook } from './describe.ts';
import { type SalesforceError, SalesforceRejected } from './errors.ts';
import { asArray, asObject, asText, toRow, unexpected } from './json.ts';
import { chunks, mapLimited } from './lists.ts';
import type { Filter, FirstPages, QueryPage, Row } from './port.ts';
import type { Rest } from './rest.ts';
import * as soql from './soql.ts';

/** Salesforce's bounds: queries in one Composite call, ids in one retrieve, bytes of a URL. */
const queriesPerComposite = 5;
const idsPerRetrieve = 2_000;
const longestPath = 16_000;

/** Calls side by side; more would gain little and take from the org's 25 long requests. */
const sideBySide = 4;

/**
 * First pages of up to 2,000 rows, Salesforce's default and most. A query that fails, or that is
 * too long for a URL, stands as an error in its place. The look at the schema travels with the first of them.
 */
export async function firstPages(
  rest: Rest,
  base: string,
  queries: string[],
  look?: { schemaSeen: string | null },
): Promise<FirstPages> {
  const pages = new Map<string, QueryPage | { error: SalesforceError }>();
  const fitting = [...new Set(queries)].filter((query) => {
    const fits = queryPath(base, 'queryAll', query).length <= longestPath;
    if (!fits) pages.set(query, { error: tooLong() });
    return fits;
  });
  // With nothing to ask but the time: the list of versions costs no call of the limit.
  if (fitting.length === 0) {
    const path = '/services/data';
    const { askedAt } = await rest.json({ method: 'GET', path, subject: 'query', reads: true });
    const schema = look === undefined ? null : await schemaChange(rest, base, look.schemaSeen);
    return { serverTime: askedAt, pages: queries.map((query) => pages.get(query)!), schema };
  }
  let schema: string | null = null;
  const times = await mapLimited(
    chunks(fitting, queriesPerComposite),
    sideBySide,
    async (group) => {
      const gets: Get[] = group.map((query) => ({ path: queryPath(base, 'queryAll', query) }));
      if (look && group[0] === fitting[0]) gets.push(schemaLook(base, look.schemaSeen));
      const { askedAt, parts } = await composite(rest, base, gets);
      for (const [index, query] of group.entries()) {
        const part = parts[index]!;
        pages.set(query, 'error' in part ? part : toPage(part.body));
      }
      const seen = parts[group.length];
      if (look && seen !== undefined) {
        if ('error' in seen) throw seen.error;
        schema = newSchema(look.schemaSeen, seen.body, seen.headers['Last-Modified']);
      }
      return askedAt;
    },
  );
  const serverTime = new Date(Math.min(...times.map(Number)));
  return { serverTime, pages: queries.map((query) => pages.get(query)!), schema };
}

export async function nextPage(rest: Rest, path: string): Promise<QueryPage> {
  const { body } = await rest.json({ method: 'GET', path, subject: 'query', reads: true });
  return toPage(body);
}

export async function query(
  rest: Rest,
  base: string,
  text: string,
  kind: 'query' | 'queryAll' = 'query',
): Promise<QueryPage> {
  const path = queryPath(base, kind, text);
  if (path.length > longestPath) throw tooLong();
  return await nextPage(rest, path);
}

/** All rows that meet the conditions, through all pages. */
export async function select(
  rest: Rest,
  base: string,
  object: string,
  fields: string[],
  where: Filter[],
  { deleted }: { deleted: boolean },
): Promise<Row[]> {
  const text = soql.select(object, fields, where.map(soql.filter));
  const rows: Row[] = [];
  let page = await query(rest, base, text, deleted ? 'queryAll' : 'query');
  rows.push(...page.rows);
  while (page.next !== null) {
    page = await nextPage(rest, page.next);
    rows.push(...page.rows);
  }
  return rows;
}

/** Rows in the order of `ids`; null for one that is unknown, deleted or invisible. */
export async function retrieve(
  rest: Rest,
  base: string,
  object: string,
  ids: string[],
  fields: string[],
): Promise<(Row | null)[]> {
  const path = `${base}/composite/sobjects/${soql.identifier(object)}`;
  const found = await mapLimited(chunks(ids, idsPerRetrieve), sideBySide, async (chunk) => {
    const request = { ids: chunk, fields: [...new Set(['Id', ...fields])].map(soql.identifier) };
    const answer = await rest.json({
      method: 'POST',
      path,
      body: request,
      subject: 'query',
      reads: true,
    });
    const rows = asArray(answer.body);
    if (rows.length !== chunk.length) throw unexpected('row for each id');
    return rows.map((row) => (row === null ? null : toRow(row)));
  });
  return found.flat();
}

function queryPath(base: string, kind: 'query' | 'queryAll', text: string): string {
  // Commas may stand as they are, and a list of 200 fields has many.
  return `${base}/${kind}?q=${encodeURIComponent(text).replaceAll('%2C', ',')}`;
}

function toPage(body: unknown): QueryPage {
  const { totalSize, records, nextRecordsUrl, done } = asObject(body);
  if (typeof totalSize !== 'number') throw unexpected('number of rows');
  return {
    totalSize,
    rows: asArray(records).map((record) => toRow(record)),
    next: done === false ? asText(nextRecordsUrl) : null,
  };
}

function tooLong(): SalesforceRejected {
  return new SalesforceRejected('URI_TOO_LONG', 'the query is too long for a URL');
}
