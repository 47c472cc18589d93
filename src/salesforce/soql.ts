import { SalesforceRejected } from './errors.ts';
import { isId } from './ids.ts';

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

/** A text in quotes, with SOQL's escapes. */
export function text(value: string): string {
  const escaped = value.replace(/[\\'"\n\r\t\b\f]/g, (character) => escapes[character]!);
  return `'${escaped}'`;
}

const escapes: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

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

/** A dateTime literal, unquoted, UTC; Salesforce keeps whole seconds but reads milliseconds. */
export function dateTime(value: Date): string {
  return value.toISOString();
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

export interface Select {
  object: string;
  fields: string[];
  /** Conditions made by the functions of this file, or by these operators over them; joined by AND. */
  where?: string[];
  /** Ascending. Leave out for the Bulk API, where it switches PK chunking off (trap 5). */
  orderBy?: string[];
}

export function select({ object, fields, where = [], orderBy = [] }: Select): string {
  const list = [...new Set(fields)].map(identifier).join(',');
  const conditions = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
  const order = orderBy.length === 0 ? '' : ` ORDER BY ${orderBy.map(identifier).join(',')}`;
  return `SELECT ${list} FROM ${identifier(object)}${conditions}${order}`;
}

export function count(object: string, where: string | null): string {
  return `SELECT COUNT() FROM ${identifier(object)}${where === null ? '' : ` WHERE ${condition(where)}`}`;
}

export interface Window {
  object: string;
  fields: string[];
  /** The operator's or the catalogue's filter. */
  filter: string | null;
  /** Exclusive lower end, the overlap already taken off; null reads from the beginning (trap 11). */
  after: Date | null;
  /** Inclusive upper end, by Salesforce's clock (trap 3); null leaves it open. */
  upTo: Date | null;
  /** True for REST pages, false for the Bulk API (trap 5). */
  ordered: boolean;
}

/** The rows of a window of time, by SystemModstamp and Id (traps 1 and 4). */
export function changes({ object, fields, filter, after, upTo, ordered }: Window): string {
  const where = [
    ...(after === null ? [] : [`SystemModstamp > ${dateTime(after)}`]),
    ...(upTo === null ? [] : [`SystemModstamp <= ${dateTime(upTo)}`]),
    ...(filter === null ? [] : [condition(filter)]),
  ];
  return select({
    object,
    fields: ['Id', 'SystemModstamp', ...fields],
    where,
    orderBy: ordered ? ['SystemModstamp', 'Id'] : [],
  });
}
