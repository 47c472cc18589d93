import { storable } from '../storage.ts';

const ESCAPES: Record<string, string> = {
  n: '\n',
  N: '\n',
  r: '\r',
  R: '\r',
  t: '\t',
  T: '\t',
  b: '\b',
  B: '\b',
  f: '\f',
  F: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
  _: '_',
  '%': '%',
};

/** A backslash before a character that has no meaning there. */
export class IllegalEscape extends Error {
  constructor(literal: string, sequence: string) {
    super(
      `Invalid string literal ${literal}. Illegal character sequence '${sequence}' in string literal.`,
    );
    this.name = 'IllegalEscape';
  }
}

/** The value of a literal in quotes. Throws IllegalEscape. */
export function textOf(literal: string): string {
  return unescaped(literal, (character) => character);
}

/**
 * The value of a literal in quotes as a pattern for SQL's LIKE, whose wildcards are SOQL's own: `%`
 * and `_` keep their meaning unless they were escaped. Throws IllegalEscape.
 */
export function patternOf(literal: string): string {
  return unescaped(literal, (character) =>
    character === '%' || character === '_' || character === '\\' ? `\\${character}` : character,
  );
}

function unescaped(literal: string, keep: (character: string) => string): string {
  const text = literal.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (sequence, code: string) => {
    if (code.length === 5) return keep(String.fromCharCode(Number.parseInt(code.slice(1), 16)));
    const character = ESCAPES[code];
    if (character === undefined) throw new IllegalEscape(literal, sequence);
    return keep(character);
  });
  return storable(text);
}

/** `USD5.5` and `5.5` alike to `5.5`. */
export function numberOf(literal: string): string {
  return literal.replace(/^[A-Za-z]{3}/, '').replace(/^\+/, '');
}

/** `USD` of `USD5.5`; null of a bare number. */
export function currencyOf(literal: string): string | null {
  return /^[A-Za-z]{3}/.exec(literal)?.[0].toUpperCase() ?? null;
}
