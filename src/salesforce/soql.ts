import { SalesforceRejected } from './errors.ts';
import { isId } from './ids.ts';
import type { Filter } from './port.ts';

/** A field, object or `Parent__r.Field` path, checked to be nothing else. */
export function identifier(name: string): string {
  if (!/^[A-Za-z]\w*(\.[A-Za-z]\w*){0,5}$/.test(name) || name.length > 255) {
    throw new SalesforceRejected(
      'INVALID_IDENTIFIER',
      'a name is not one that Salesforce can have',
      { next: 'Names come from describe: letters, digits and underscores only.' },
    );
  }
  return name;
}

/** An id of 15 or 18 characters in quotes. */
export function id(value: string): string {
  if (!isId(value)) {
    throw new SalesforceRejected(
      'MALFORMED_ID',
      'an id does not have 15 or 18 letters and digits',
      { next: 'Pass ids as Salesforce gave them.' },
    );
  }
  return `'${value}'`;
}

/**
 * An operator's own condition (C12), in parentheses it cannot leave: quotes and parentheses have to
 * balance, so that it stays one operand of the AND it is put into.
 */
export function condition(where: string): string {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < where.length; at++) {
    const character = where[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === "'") quoted = false;
    } else if (character === "'") quoted = true;
    else if (character === '(') depth++;
    else if (character === ')' && --depth < 0) break;
  }
  if (quoted || depth !== 0 || where.trim() === '') {
    throw new SalesforceRejected(
      'MALFORMED_QUERY',
      'a record filter has quotes or parentheses that do not match',
    );
  }
  return `(${where.trim()})`;
}

/** Any text as a literal. */
function literal(text: string): string {
  const escaped = text.replace(/[\\'\n\r\t\f\b"]/g, (one) => ESCAPES[one]!);
  return `'${escaped}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

export function filter(where: Filter): string {
  if ('anyOf' in where) return `(${where.anyOf.map(filter).join(' OR ')})`;
  const field = identifier(where.field);
  if ('since' in where) return `${field} >= ${where.since.toISOString()}`;
  return `${field} IN (${where.in.map(literal).join(',')})`;
}

/** `where` holds conditions made by the functions of this file; they are joined by AND. */
export function select(object: string, fields: string[], where: string[]): string {
  const list = [...new Set(fields)].map(identifier).join(',');
  const conditions = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
  return `SELECT ${list} FROM ${identifier(object)}${conditions}`;
}

/** Rows that meet the operator's or the catalogue's condition; `archived`: live ones, for a queryAll. */
export function count(object: string, where: string | null, archived = false): string {
  const conditions = [
    ...(where === null ? [] : [condition(where)]),
    ...(archived ? ['IsDeleted = false'] : []),
  ];
  const clause = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT COUNT() FROM ${identifier(object)}${clause}`;
}
