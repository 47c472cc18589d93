import type { Readable } from 'node:stream';
import { SalesforceUnavailable } from './errors.ts';
import type { Row } from './port.ts';

/** What means null in an upload; an empty cell leaves the field as it is. */
const NULL = '#N/A';

/** Can the row travel as CSV? A text that reads as null there cannot. */
export function fitsCsv(row: Row): boolean {
  return !Object.values(row).includes(NULL);
}

/** A header line and one line per row, over all fields that any row has, `first` in front. */
export function* csvLines(rows: readonly Row[], first: string): Generator<string> {
  const fields = [...new Set([first, ...rows.flatMap((row) => Object.keys(row))])];
  yield `${fields.join(',')}\n`;
  for (const row of rows) yield `${fields.map((field) => cell(row[field])).join(',')}\n`;
}

function cell(value: Row[string] | undefined): string {
  if (value === undefined) return '';
  if (value === null) return NULL;
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Records of a CSV with a header line, as they come; cells keep their line ends (trap 13).
 * @throws SalesforceUnavailable when it ends within a record
 */
export async function* readCsv(source: Readable): AsyncGenerator<Record<string, string>> {
  let header: string[] | null = null;
  for await (const cells of records(source)) {
    if (header === null) header = cells;
    else if (cells.length !== header.length) throw cutOff();
    else yield Object.fromEntries(header.map((name, index) => [name, cells[index]!]));
  }
}

async function* records(source: Readable): AsyncGenerator<string[]> {
  let cells: string[] = [];
  let text = '';
  let quoted = false;
  let afterQuote = false;
  source.setEncoding('utf8');
  for await (const chunk of source as AsyncIterable<string>) {
    for (const character of chunk) {
      if (quoted && !afterQuote) {
        if (character === '"') afterQuote = true;
        else text += character;
        continue;
      }
      if (afterQuote && character === '"') {
        text += '"';
        afterQuote = false;
        continue;
      }
      if (afterQuote) quoted = afterQuote = false;
      if (character === '"' && text === '') quoted = true;
      else if (character === ',') {
        cells.push(text);
        text = '';
      } else if (character === '\n') {
        yield [...cells, text];
        cells = [];
        text = '';
      } else if (character !== '\r') text += character;
    }
  }
  if (quoted && !afterQuote) throw cutOff();
  if (cells.length > 0 || text !== '') yield [...cells, text];
}

function cutOff(): SalesforceUnavailable {
  return new SalesforceUnavailable('the results of a Bulk job were cut off');
}
