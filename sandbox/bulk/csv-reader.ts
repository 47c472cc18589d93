import { unescapedQuote, wrongLineEnding } from './failures.ts';

export interface CsvRow {
  values: string[];
  /** As it was uploaded, without its line ending. */
  text: string;
  /** A blank stands next to a quote, which Salesforce refuses for the row alone. */
  malformed: boolean;
}

export interface CsvFormat {
  /** One character. */
  delimiter: string;
  lineEnding: 'LF' | 'CRLF';
}

const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Reads CSV in pieces of text as they come, strictly: RFC 4180 with one delimiter and one line
 * ending. Empty lines are left out. `push` and `end` return the rows that are whole, and throw the
 * BatchError of a content that cannot be read; rows before it have been returned or are lost with it.
 */
export class CsvReader {
  readonly #delimiter: number;
  readonly #lineEnding: 'LF' | 'CRLF';
  #rest = '';

  constructor({ delimiter, lineEnding }: CsvFormat) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#lineEnding = lineEnding;
  }

  push(text: string): CsvRow[] {
    return this.#read(this.#rest + text, false);
  }

  end(): CsvRow[] {
    return this.#rest === '' ? [] : this.#read(this.#rest, true);
  }

  #read(text: string, isLast: boolean): CsvRow[] {
    const rows: CsvRow[] = [];
    let from = 0;
    while (from < text.length) {
      const row = this.#row(text, from, isLast);
      if (row === null) break;
      if (row.end > from) rows.push({ ...row, text: text.slice(from, row.end) });
      from = row.next;
    }
    this.#rest = text.slice(from);
    return rows;
  }

  /** The row from `start` on; null when the text ends before the row is known to. */
  #row(text: string, start: number, isLast: boolean) {
    const values: string[] = [];
    let malformed = false;
    let at = start;
    for (;;) {
      const cell = this.#cell(text, at, isLast);
      if (cell === null) return null;
      values.push(cell.value);
      malformed ||= cell.malformed;
      if (text.charCodeAt(cell.end) !== this.#delimiter) {
        return { values, malformed, end: cell.end, next: this.#afterRow(text, cell.end) };
      }
      at = cell.end + 1;
    }
  }

  /** A cell and where it ends: at a delimiter, a line ending or the end of the text. */
  #cell(text: string, start: number, isLast: boolean) {
    let open = start;
    while (text.charCodeAt(open) === 32) open += 1;
    if (text.charCodeAt(open) !== QUOTE) return this.#plain(text, start, isLast);
    let close = open + 1;
    for (;;) {
      close = text.indexOf('"', close);
      if (close === -1) {
        if (isLast) throw unescapedQuote();
        return null;
      }
      if (text.charCodeAt(close + 1) !== QUOTE) break;
      close += 2;
    }
    let end = close + 1;
    while (text.charCodeAt(end) === 32) end += 1;
    if (end + 1 >= text.length && !isLast) return null;
    if (end < text.length && !this.#isBorder(text, end)) throw unescapedQuote();
    const value = text.slice(open + 1, close).replaceAll('""', '"');
    return { value, end, malformed: open > start || end > close + 1 };
  }

  #plain(text: string, start: number, isLast: boolean) {
    let end = start;
    for (; end < text.length; end += 1) {
      const code = text.charCodeAt(end);
      if (code === QUOTE) throw unescapedQuote();
      if ((code === LF || code === CR || code === this.#delimiter) && this.#isBorder(text, end))
        break;
    }
    // One more character tells a line ending of two from one.
    if (end + 1 >= text.length && !isLast) return null;
    return { value: text.slice(start, end), end, malformed: false };
  }

  /** Whether a cell ends here. Throws for the line ending that was not announced. */
  #isBorder(text: string, at: number): boolean {
    const code = text.charCodeAt(at);
    if (code === this.#delimiter) return true;
    const isPair = code === CR && text.charCodeAt(at + 1) === LF;
    if (this.#lineEnding === 'LF' ? isPair : code === LF) throw wrongLineEnding(this.#lineEnding);
    return this.#lineEnding === 'LF' ? code === LF : isPair;
  }

  #afterRow(text: string, end: number): number {
    return end >= text.length ? end : end + (this.#lineEnding === 'LF' ? 1 : 2);
  }
}

/** A row with all its values in quotes, without a line ending. */
export const csvLine = (values: readonly string[], delimiter: string): string =>
  values.map((value) => `"${value.replaceAll('"', '""')}"`).join(delimiter);
