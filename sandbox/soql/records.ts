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
    const { idColumn } = entry.shape;
    const write = recordWriter(entry.shape, base);
    return (row) => key + (row[idColumn ?? -1] === null ? 'null' : write(row));
  }
  const { column } = entry;
  if (entry.kind === 'children') {
    const write = recordWriter(entry.shape, base);
    return (row) => {
      const children = JSON.parse(row[column] ?? 'null') as Row[] | null;
      if (children === null) return `${key}null`;
      const records = children.map(write).join(',');
      return `${key}{"totalSize":${children.length},"done":true,"records":[${records}]}`;
    };
  }
  const write = valueWriter(entry.type);
  return (row) => {
    const value = row[column];
    return key + (value === null || value === undefined ? 'null' : write(value));
  };
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
