import { doubleText } from '../values.ts';
import type { Entry, Shape } from './shape.ts';

/** A row as the statement gives it: texts in PostgreSQL's form, or nulls. */
export type Row = (string | null)[];

/**
 * Makes the function that writes a row as a record in JSON. `base` is the path of the API version,
 * `/services/data/v60.0`, for `attributes.url`.
 */
export function recordWriter(shape: Shape, base: string): (row: Row) => string {
  const attributes = attributesWriter(shape, base);
  const entries = shape.entries.map((entry) => entryWriter(entry, base));
  return (row) => {
    let text = attributes(row);
    for (const entry of entries) text += entry(row);
    return `${text}}`;
  };
}

function attributesWriter(
  { type, idColumn, nameColumn }: Shape,
  base: string,
): (row: Row) => string {
  const head = `{"attributes":{"type":${JSON.stringify(type)}`;
  if (idColumn === null) return () => `${head}}`;
  return (row) =>
    `${head},"url":"${base}/sobjects/${nameColumn === null ? type : row[nameColumn]}/${row[idColumn]}"}`;
}

function entryWriter(entry: Entry, base: string): (row: Row) => string {
  const key = `,${JSON.stringify(entry.key)}:`;
  if (entry.kind === 'parent') {
    const write = parentWriter(entry.shape, base);
    return (row) => key + (write(row) ?? 'null');
  }
  if (entry.kind === 'typeof') {
    const shapes = entry.otherwise === null ? entry.cases : [...entry.cases, entry.otherwise];
    const writers = shapes.map((shape) => parentWriter(shape, base));
    return (row) => {
      for (const write of writers) {
        const text = write(row);
        if (text !== null) return key + text;
      }
      return `${key}null`;
    };
  }
  const { column } = entry;
  if (entry.kind === 'children') {
    const write = recordWriter(entry.shape, base);
    return (row) => {
      const list = childrenOf(row[column]);
      if (list === null) return `${key}null`;
      const { rows, total, locator } = list;
      const next = locator === null ? '' : `,"nextRecordsUrl":"${base}/query/${locator}"`;
      return `${key}{"totalSize":${total},"done":${locator === null}${next},"records":[${rows.map(write).join(',')}]}`;
    };
  }
  const write = valueWriter(entry.type);
  return (row) => {
    const value = row[column];
    return key + (value === null || value === undefined ? 'null' : write(value));
  };
}

/** Null where the parent is not there. */
function parentWriter(shape: Shape, base: string): (row: Row) => string | null {
  const write = recordWriter(shape, base);
  return (row) => (row[shape.idColumn ?? -1] === null ? null : write(row));
}

/** The children of a row: all of them, or as many as its page had room for. */
export interface Children {
  rows: Row[];
  total: number;
  /** Where the rest of them is to be had; null when there is none. */
  locator: string | null;
}

/** Reads a column of children, as the statement gives it or as a page has cut it. */
export function childrenOf(text: string | null | undefined): Children | null {
  const value = JSON.parse(text ?? 'null') as Row[] | Children | null;
  if (!Array.isArray(value)) return value;
  return { rows: value, total: value.length, locator: null };
}

function valueWriter(type: (Entry & { kind: 'value' })['type']): (value: string) => string {
  switch (type) {
    case 'boolean':
    case 'int':
    case 'long':
      return (value) => value;
    case 'json':
      return compoundText;
    case 'double':
    case 'currency':
    case 'percent':
      return (value) => doubleText(Number(value));
    case 'date':
      return (value) => `"${value}"`;
    case 'datetime':
      // `2026-01-02 03:04:05`, in UTC
      return (value) => `"${value.slice(0, 10)}T${value.slice(11, 19)}.000+0000"`;
    case 'time':
      return (value) => `"${value.slice(0, 8)}.${value.slice(9).padEnd(3, '0')}Z"`;
    default:
      return JSON.stringify;
  }
}

/** The numbers of an address are doubles, and show it. */
function compoundText(value: string): string {
  return value.replace(
    /("(?:latitude|longitude)" : )(-?[\d.]+)/g,
    (_, key: string, number: string) => key + doubleText(Number(number)),
  );
}
