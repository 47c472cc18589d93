import { visibleField } from '../writes/fields.ts';
import type { RecordBody, WriteContext } from '../writes/types.ts';
import { CsvReader } from './csv-reader.ts';
import { BatchError, fieldNotFound, noRecords } from './failures.ts';
import { readHeader, recordIn } from './ingest-columns.ts';
import type { Load, LoadRow } from './load-rows.ts';
import type { ContentType } from './v1-jobs.ts';
import { readXml, textOf } from './v1-xml.ts';

/** Records of a batch at most. */
const MOST_RECORDS = 10_000;

/** A batch's rows, each in the JSON of its record; and the reader of such a row. */
export interface BatchRows {
  rows: string[];
  read(data: string): LoadRow;
}

/** Reads the body of a batch. Throws the BatchError of one that cannot be read. */
export function readBatch(
  context: WriteContext,
  { object, operation, key }: Load,
  contentType: ContentType,
  text: string,
): BatchRows {
  const needed = operation === 'insert' ? null : (key?.name ?? 'Id');
  if (contentType === 'CSV') return csvRows(context, object, needed, text);
  const records = contentType === 'JSON' ? jsonRecords(text) : xmlRecords(text);
  if (records.length === 0) throw noRecords();
  if (records.length > MOST_RECORDS) throw tooMany();
  const names = new Set(records.flatMap((record) => Object.keys(record)));
  for (const name of names)
    if (name.toLowerCase() !== 'attributes' && !isKnown(context, object, name))
      throw fieldNotFound(name);
  return {
    rows: records.map((record) => JSON.stringify(record)),
    read: (data) => JSON.parse(data),
  };
}

const tooMany = () => new BatchError('InvalidBatch : Records not processed : too many records');

function isKnown({ session }: WriteContext, object: Load['object'], name: string): boolean {
  if (visibleField(session, object, name) !== undefined) return true;
  return object.fields.some(
    ({ relationshipName }) => relationshipName?.toLowerCase() === name.toLowerCase(),
  );
}

function csvRows(
  context: WriteContext,
  object: Load['object'],
  needed: string | null,
  text: string,
): BatchRows {
  // Here the line ending is not announced: the first one counts.
  const lineEnding = /\r\n|\n/.exec(text)?.[0] === '\r\n' ? 'CRLF' : 'LF';
  const reader = new CsvReader({ delimiter: ',', lineEnding });
  const [header, ...rows] = [...reader.push(text), ...reader.end()];
  if (header === undefined || rows.length === 0) throw noRecords();
  if (rows.length > MOST_RECORDS) throw tooMany();
  const columns = readHeader(context, object, header.values);
  if (needed !== null && !columns.some((one) => one.kind === 'field' && one.name === needed))
    throw fieldNotFound(needed);
  return {
    rows: rows.map(({ values }) => JSON.stringify(values)),
    read: (data) => recordIn(columns, JSON.parse(data)),
  };
}

function jsonRecords(text: string): RecordBody[] {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw new BatchError(`InvalidBatch : Failed to parse JSON. ${(error as Error).message}`);
  }
  if (!Array.isArray(found) || found.some((one) => typeof one !== 'object' || one === null))
    throw new BatchError('InvalidBatch : Failed to parse JSON. A list of records is expected');
  return found;
}

function xmlRecords(text: string): RecordBody[] {
  const { sObject } = readXml(text, 'sObjects', 'InvalidBatch') as { sObject?: unknown };
  const nodes = sObject === undefined ? [] : [sObject].flat();
  return nodes.map((node) => recordOf(node as Record<string, unknown>));
}

function recordOf(node: Record<string, unknown>): RecordBody {
  const record: RecordBody = {};
  for (const [name, value] of Object.entries(Object(node) as Record<string, unknown>)) {
    if (name.startsWith('@') || name === '#text' || name === 'type') continue;
    const inner = (value as { sObject?: unknown } | null)?.sObject;
    record[name] = inner === undefined ? textOf(value) : recordOf(inner as Record<string, unknown>);
  }
  return record;
}
