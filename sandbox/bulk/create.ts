import type { FastifyRequest } from 'fastify';
import { malformedQuery, SalesforceError } from '../errors.ts';
import type { Org } from '../org.ts';
import type { Selected } from '../soql/ast.ts';
import { type Compiled, compile } from '../soql/compile.ts';
import { type Caller, queryContext } from '../soql/context.ts';
import { storable } from '../storage.ts';
import { invalidJob } from './failures.ts';
import { JOBS_A_DAY, jobsOfADay, type NewJob, type ResultColumn } from './jobs.ts';
import { DELIMITERS } from './results.ts';

/** Objects of which Salesforce's Bulk API knows nothing. */
const NOT_IN_BULK = new Set([
  'casestatus',
  'contractstatus',
  'leadstatus',
  'orderstatus',
  'partnerrole',
  'recentlyviewed',
  'solutionstatus',
  'taskpriority',
  'taskstatus',
]);

const apiError = (message: string) => new SalesforceError(400, 'API_ERROR', message);

/**
 * Reads the body of a new job and compiles its query. Throws 400: INVALIDJOB, API_ERROR,
 * INVALIDENTITY, LIMIT_EXCEEDED, and all that a query can be refused with.
 */
export async function readJob(org: Org, request: FastifyRequest, version: string): Promise<NewJob> {
  const body = (request.body ?? {}) as Record<string, unknown>;
  const { operation, query } = body;
  if (operation !== 'query' && operation !== 'queryAll')
    throw invalidJob(`Operation must be query or queryAll: ${operation}`);
  if (typeof query !== 'string' || query.trim() === '')
    throw malformedQuery('SOQL statements cannot be empty or null');
  const { contentType = 'CSV', columnDelimiter = 'COMMA', lineEnding = 'LF' } = body;
  if (contentType !== 'CSV') throw invalidJob(`Unsupported content type: ${contentType}`);
  if (typeof columnDelimiter !== 'string' || !Object.hasOwn(DELIMITERS, columnDelimiter))
    throw invalidJob(`Unsupported column delimiter: ${columnDelimiter}`);
  if (lineEnding !== 'LF' && lineEnding !== 'CRLF')
    throw invalidJob(`Unsupported line ending: ${lineEnding}`);
  if ((await jobsOfADay(request.db, org.now())) >= JOBS_A_DAY)
    throw new SalesforceError(
      400,
      'LIMIT_EXCEEDED',
      `Max bulk v2 query jobs (${JOBS_A_DAY}) per 24 hrs has been reached`,
    );
  const compiled = await compileFor(
    { org, db: request.db, session: request.session, version: Number.parseFloat(version) },
    storable(query),
    operation === 'queryAll',
  );
  return {
    operation,
    object: compiled.object.name,
    createdById: request.session.userId,
    apiVersion: version,
    lineEnding,
    columnDelimiter,
    columns: columnsOf(compiled),
    statement: statementOf(compiled),
    params: compiled.params,
  };
}

/** Compiles a query as the Bulk API takes it. Throws 400 for what it does not. */
export async function compileFor(
  caller: Caller,
  soql: string,
  allRows: boolean,
): Promise<Compiled> {
  const object = /\bFROM\s+(\w+)/i.exec(soql)?.[1] ?? '';
  if (NOT_IN_BULK.has(object.toLowerCase()))
    throw new SalesforceError(
      400,
      'INVALIDENTITY',
      `Entity '${object}' is not supported by the Bulk API.`,
    );
  const compiled = compile(soql, await queryContext(caller, soql, allRows));
  const { query, kind, selected } = compiled;
  if (query.fields.some(({ kind: field }) => field === 'children'))
    throw apiError('Aggregate Relationships not supported in Bulk V2 Query with CSV content type');
  if (kind !== 'rows')
    throw apiError('GROUP BY and aggregate functions not supported in Bulk Query');
  if (query.offset !== null) throw apiError('OFFSET not supported in Bulk Query');
  if (query.fields.some(isFunction)) throw apiError('Functions not supported in Bulk Query');
  if (selected.some(({ parts }) => parts !== null))
    throw apiError('Selecting compound data not supported in Bulk Query');
  return compiled;
}

function isFunction(field: Selected): boolean {
  return (
    field.kind === 'typeof' ||
    (field.kind === 'value' &&
      field.expression.kind === 'call' &&
      field.expression.name !== 'FIELDS')
  );
}

export function columnsOf({ selected }: Compiled): ResultColumn[] {
  return selected.map(({ path, field, viaParent }) => ({
    header: path.join('.'),
    type: field.type,
    viaParent,
  }));
}

/** The values as they are stored; results.ts puts them into CSV's form when they are sent. */
export function statementOf({ selected, tail }: Compiled): string {
  return `SELECT ${selected.map(({ sql }, i) => `${sql} AS c${i}`).join(', ')} ${tail}`;
}
