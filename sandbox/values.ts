import type { Field } from './schema.ts';

/** TypeScript's library does not know it yet; Node 22 and later have it. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

const NUMBERS = new Set(['double', 'currency', 'percent']);

/**
 * A stored value as REST shows it. `raw` is what PostgreSQL's driver gives for the column: its own
 * JavaScript types, or text; a compound is an object of its parts. Doubles come out as JSON.rawJSON, so that `300.0` keeps its point:
 * answers must be written by JSON.stringify.
 */
export function toJson(field: Field, raw: unknown): unknown {
  if (raw === null || raw === undefined) return field.type === 'boolean' ? false : null;
  if (field.type === 'boolean') return raw === true || raw === 't' || raw === 'true';
  if (field.type === 'int') return Number(raw);
  if (field.type === 'long') return rawJSON(String(raw));
  if (NUMBERS.has(field.type)) return rawJSON(doubleText(Number(raw)));
  if (field.type === 'date') return dateText(raw);
  if (field.type === 'datetime') return datetimeText(raw);
  if (field.type === 'time') return timeText(String(raw));
  if (typeof raw === 'object') return compoundValue(raw);
  return String(raw);
}

/** As Java writes a double: always a point, and E-notation from 10⁷ up and below 10⁻³. */
export function doubleText(value: number): string {
  if (value === 0) return '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const plain = String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** `2026-01-02T03:04:05.000+0000`. Text is read as PostgreSQL or ISO 8601 writes it; UTC without an offset. */
export function datetimeText(raw: unknown): string {
  return parseTimestamp(raw).toISOString().replace('Z', '+0000');
}

/** Reads a timestamp as the driver or PostgreSQL's text output gives it. */
function parseTimestamp(raw: unknown): Date {
  if (raw instanceof Date) return raw;
  const text = String(raw).replace(' ', 'T');
  const zoned = /(Z|[+-]\d\d(:?\d\d)?)$/.test(text) ? text : `${text}Z`;
  return new Date(zoned.replace(/([+-]\d\d)$/, '$1:00'));
}

/** A date without time of day. The driver makes it midnight in the process's own time zone. */
function dateText(raw: unknown): string {
  if (!(raw instanceof Date)) return String(raw).slice(0, 10);
  const month = String(raw.getMonth() + 1).padStart(2, '0');
  const day = String(raw.getDate()).padStart(2, '0');
  return `${String(raw.getFullYear()).padStart(4, '0')}-${month}-${day}`;
}

function timeText(raw: string): string {
  const [, clock = raw, fraction = ''] = /^(\d\d:\d\d:\d\d)(?:\.(\d+))?/.exec(raw) ?? [];
  return `${clock}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}

/** A compound address or location: columnSql gives its parts as one object. */
function compoundValue(raw: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(raw).map(([key, part]) => [
      key,
      typeof part === 'number' ? rawJSON(doubleText(part)) : part,
    ]),
  );
}
