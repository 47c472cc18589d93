import { malformedId, tooManyRecords } from '../errors.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import { askRest, type JsonObject } from './ask-rest.ts';
import type { SoapCall } from './call.ts';
import { missingArgument } from './faults.ts';
import { textOf, textsOf, wholeTextOf } from './read-envelope.ts';
import { objectNamed } from './read-sobject.ts';
import { sObjectWriter } from './write-sobject.ts';
import { nil } from './write-xml.ts';

/** Rows a page when the client does not say; REST gives 2000. */
const BATCH_SIZE = 500;
const MOST_RETRIEVED = 2000;

export const query = (call: SoapCall) => firstPage(call, 'query');
export const queryAll = (call: SoapCall) => firstPage(call, 'queryAll');

function firstPage(call: SoapCall, resource: string): Promise<string> {
  const soql = wholeTextOf(call.input, 'queryString') ?? '';
  return page(
    call,
    `${resource}?q=${encodeURIComponent(soql)}`,
    call.headers.batchSize ?? BATCH_SIZE,
  );
}

/** A locator is the last part of the URL that REST gives for the next page. */
export async function queryMore(call: SoapCall): Promise<string> {
  const locator = textOf(call.input, 'queryLocator');
  if (locator === undefined) throw missingArgument('queryLocator');
  return page(call, `query/${encodeURIComponent(locator)}`, call.headers.batchSize);
}

async function page(call: SoapCall, path: string, batchSize: number | undefined): Promise<string> {
  const headers: Record<string, string> =
    batchSize === undefined ? {} : { 'sforce-query-options': `batchSize=${batchSize}` };
  const found = await askRest(call, { path, headers });
  return sObjectWriter(call.org.schema, call.dialect).queryResult('result', found);
}

/** Rows by id, in the order of the ids; nil for one that is not there. */
export async function retrieve(call: SoapCall): Promise<string> {
  const { input, org, dialect } = call;
  const object = objectNamed(call, textOf(input, 'sObjectType') ?? '');
  const fieldList = textOf(input, 'fieldList');
  if (fieldList === undefined) throw missingArgument('fieldList');
  const ids = textsOf(input, 'ids');
  if (ids.length > MOST_RETRIEVED) throw tooManyRecords(MOST_RETRIEVED);
  const wrong = ids.find((id) => idOfRightShape(id) === null);
  if (wrong !== undefined) throw malformedId(wrong);
  if (ids.length === 0) return '';
  const fields = fieldList.split(',').map((name) => name.trim());
  const rows = (await askRest(call, {
    method: 'POST',
    path: `composite/sobjects/${object.name}`,
    body: { ids, fields },
  })) as unknown as (JsonObject | null)[];
  const { record } = sObjectWriter(org.schema, dialect);
  return rows.map((row) => (row === null ? nil('result') : record('result', row))).join('');
}
