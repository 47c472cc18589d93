import { malformedQuery, type SalesforceError } from '../errors.ts';
import { errorAt } from './position.ts';

type TokenKind =
  | 'name'
  | 'string'
  | 'number'
  | 'currency'
  | 'date'
  | 'datetime'
  | 'time'
  | 'sign'
  | 'bad'
  | 'end';

export interface Token {
  kind: TokenKind;
  text: string;
  offset: number;
}

const KINDS: [TokenKind, string][] = [
  ['string', String.raw`'(?:\\.|[^'\\])*'`],
  ['datetime', String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)`],
  ['date', String.raw`\d{4}-\d\d-\d\d(?![\dT])`],
  ['time', String.raw`\d\d:\d\d:\d\d(?:\.\d+)?Z`],
  ['currency', String.raw`[A-Za-z]{3}\d+\.\d+(?!\w)`],
  ['name', String.raw`[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*`],
  ['number', String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?!\w)`],
  ['sign', '<=|>=|<>|!=|[(),=<>:]'],
];

const PATTERN = new RegExp(KINDS.map(([, source]) => `(${source})`).join('|'), 'sy');

/** Words that cannot name a field or an alias. */
const RESERVED = new Set(
  'AND ASC DESC EXCLUDES FIRST FROM GROUP HAVING IN INCLUDES LAST LIKE LIMIT NOT NULL NULLS OR SELECT USING WHERE WITH'.split(
    ' ',
  ),
);

/** The query cut into tokens, and how far it has been read. */
export class Tokens {
  readonly soql: string;
  readonly #all: Token[];
  #at = 0;

  constructor(soql: string) {
    this.soql = soql;
    this.#all = tokensOf(soql);
  }

  peek(ahead = 0): Token {
    return this.#all[Math.min(this.#at + ahead, this.#all.length - 1)]!;
  }

  take(): Token {
    const token = this.peek();
    if (token.kind === 'bad') throw this.unexpected();
    this.#at += 1;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const { kind, text: found } = this.peek(ahead);
    return (kind === 'name' || kind === 'sign') && found.toUpperCase() === text;
  }

  /** Takes a keyword or sign if it stands here. */
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.#at += 1;
    return true;
  }

  expect(text: string): Token {
    if (!this.is(text)) throw this.unexpected();
    return this.take();
  }

  isName(): boolean {
    const { kind, text } = this.peek();
    return kind === 'name' && !RESERVED.has(text.toUpperCase());
  }

  name(): Token {
    if (!this.isName()) throw this.unexpected();
    return this.take();
  }

  /** The refusal of the token that stands here. */
  unexpected(token: Token = this.peek()): SalesforceError {
    const { kind, text, offset } = token;
    if (kind === 'end') return malformedQuery("unexpected token: '<EOF>'");
    if (offset === this.#all[0]?.offset) return malformedQuery(`unexpected token: ${text}`);
    if (kind !== 'bad') return this.at(offset, `unexpected token: '${text}'`);
    const line = this.soql.slice(0, offset).split('\n');
    const place = `line ${line.length}:${line.at(-1)!.length}`;
    return text === "'"
      ? malformedQuery(`${place} mismatched character '<EOF>' expecting '''`)
      : this.at(offset, `${place} no viable alternative at character '${text}'`);
  }

  /** A MALFORMED_QUERY that shows a spot. */
  at(offset: number, reason: string): SalesforceError {
    return errorAt(this.soql, offset, 'MALFORMED_QUERY', reason);
  }
}

function tokensOf(soql: string): Token[] {
  const tokens: Token[] = [];
  const blank = /\s*/y;
  let offset = 0;
  for (;;) {
    blank.lastIndex = offset;
    blank.exec(soql);
    offset = blank.lastIndex;
    if (offset >= soql.length) return [...tokens, { kind: 'end', text: '<EOF>', offset }];
    PATTERN.lastIndex = offset;
    const found = PATTERN.exec(soql);
    if (found === null) {
      const text = String.fromCodePoint(soql.codePointAt(offset)!);
      tokens.push({ kind: 'bad', text, offset });
      offset += text.length;
      continue;
    }
    const kind = KINDS[found.findIndex((part, i) => i > 0 && part !== undefined) - 1]![0];
    const text = kind === 'name' ? found[0].replace(/\s+/g, '') : found[0];
    tokens.push({ kind, text, offset });
    offset += found[0].length;
  }
}
