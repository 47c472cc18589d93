import { SalesforceRejected } from './errors.ts';
import { asArray, asObject, unexpected } from './json.ts';
import type { Outcome, Row, WriteOptions } from './port.ts';
import type { Rest } from './rest.ts';
import * as soql from './soql.ts';

/** Records in one collections call (trap 20). */
const mostRecords = 200;

export async function update(
  rest: Rest,
  base: string,
  object: string,
  rows: Row[],
  options: WriteOptions,
): Promise<Outcome[]> {
  const type = soql.identifier(object);
  const records = rows.map(({ Id, ...fields }) => ({ attributes: { type }, id: Id, ...fields }));
  const path = `${base}/composite/sobjects`;
  return await send('PATCH', rest, path, records, options, (index) => idOf(rows[index]?.Id));
}

/** Records without an External ID: a caller keeps what finds them again after a lost answer (N2). */
export async function create(
  rest: Rest,
  base: string,
  object: string,
  rows: Row[],
  options: WriteOptions,
): Promise<Outcome[]> {
  const type = soql.identifier(object);
  const records = rows.map((fields) => ({ attributes: { type }, ...fields }));
  const path = `${base}/composite/sobjects`;
  return await send('POST', rest, path, records, options, () => null);
}

export async function upsert(
  rest: Rest,
  base: string,
  object: string,
  externalIdField: string,
  rows: Row[],
  options: WriteOptions,
): Promise<Outcome[]> {
  const type = soql.identifier(object);
  const records = rows.map((fields) => ({ attributes: { type }, ...fields }));
  const path = `${base}/composite/sobjects/${type}/${soql.identifier(externalIdField)}`;
  return await send('PATCH', rest, path, records, options, () => null);
}

export async function remove(rest: Rest, base: string, ids: string[]): Promise<Outcome[]> {
  checkCount(ids.length);
  if (ids.length === 0) return [];
  const { body } = await rest.json({
    method: 'DELETE',
    path: `${base}/composite/sobjects?ids=${ids.map(encodeURIComponent).join(',')}&allOrNone=false`,
    subject: 'records',
    reads: false,
  });
  return outcomes(body, ids.length, (index) => ids[index]!);
}

async function send(
  method: 'POST' | 'PATCH',
  rest: Rest,
  path: string,
  records: object[],
  { allowDuplicates, assign = false }: WriteOptions,
  idAt: (index: number) => string | null,
): Promise<Outcome[]> {
  checkCount(records.length);
  if (records.length === 0) return [];
  const { body } = await rest.json({
    method,
    path,
    body: { allOrNone: false, records },
    headers: {
      'Sforce-Auto-Assign': assign ? 'TRUE' : 'FALSE',
      ...(allowDuplicates ? { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' } : {}),
    },
    subject: 'records',
    reads: false,
  });
  return outcomes(body, records.length, idAt);
}

/** HTTP 200 says nothing about the records: each has its own result, in request order (trap 20). */
function outcomes(body: unknown, count: number, idAt: (index: number) => string | null): Outcome[] {
  const results = asArray(body).map(asObject);
  if (results.length !== count) throw unexpected('result for each record');
  return results.map((result, index) => {
    const id = idOf(result.id) ?? idAt(index);
    if (result.success === true) {
      if (id === null) throw unexpected('id of a written record');
      return { ok: true, id, created: result.created === true };
    }
    return { ok: false, id, ...problemOf(result.errors) };
  });
}

/** What Salesforce says is wrong with a record: the first code, all messages. */
export function problemOf(errors: unknown): { code: string; message: string; fields: string[] } {
  const all = asArray(errors).map(asObject);
  const code = all[0]?.statusCode ?? all[0]?.errorCode;
  return {
    code: typeof code === 'string' ? code : 'UNKNOWN_EXCEPTION',
    message: all.map(({ message }) => String(message ?? '')).join('; '),
    fields: [...new Set(all.flatMap(({ fields }) => (Array.isArray(fields) ? fields : [])))],
  };
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function checkCount(count: number): void {
  if (count <= mostRecords) return;
  throw new SalesforceRejected(
    'EXCEEDED_ID_LIMIT',
    `${count} records in one call, of at most ${mostRecords}`,
    { next: 'Split them into several calls.' },
  );
}
