import { SalesforceRejected } from './errors.ts';
import type { Row } from './port.ts';

/**
 * JSON whose long numbers keep every digit: a number of more than 15 digits, which a double could
 * round, comes as its text. The slow way is taken only by bodies that seem to hold one.
 */
export function parseJson(body: string): unknown {
  return /[:[,]\s*-?[\d.]{16,}/.test(body)
    ? JSON.parse(body, keepDigits as Reviver)
    : JSON.parse(body);
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value;
  return context.source.replace(/\D/g, '').length > 15 ? context.source : value;
}

/** A record of a query or retrieve as a flat row: no `attributes`, parents as `Account.Name`. */
export function toRow(record: unknown, prefix = ''): Row {
  const row: Row = {};
  for (const [name, value] of Object.entries(asObject(record))) {
    if (name === 'attributes') continue;
    if (typeof value !== 'object' || value === null) {
      row[prefix + name] = value as Row[string];
    } else if ('attributes' in value) {
      Object.assign(row, toRow(value, `${prefix}${name}.`));
    }
    // What is left is compound fields and child lists: their parts come by themselves (J1).
  }
  return row;
}

export function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected('object');
  return value as Record<string, unknown>;
}

export function asArray(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw unexpected('list');
  return value;
}

export function asText(value: unknown): string {
  if (typeof value !== 'string') throw unexpected('text');
  return value;
}

export function unexpected(expected: string): SalesforceRejected {
  return new SalesforceRejected(
    'UNEXPECTED_ANSWER',
    `the answer has no ${expected} where one belongs`,
  );
}
