import { SalesforceError } from '../errors.ts';

/** How much of the query is shown before and behind the spot. */
const BEFORE = 41;
const BEHIND = 43;

/**
 * An error that shows its spot, in Salesforce's form:
 * `\n{excerpt}\n{spaces}^\nERROR at Row:{r}:Column:{c}\n{reason}`.
 * `offset` counts characters from 0 in the whole query.
 */
export function errorAt(
  soql: string,
  offset: number,
  code: string,
  reason: string,
): SalesforceError {
  const lineStart = soql.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = soql.indexOf('\n', offset);
  const line = soql.slice(lineStart, lineEnd === -1 ? undefined : lineEnd);
  const column = offset - lineStart;
  const row = soql.slice(0, lineStart).split('\n').length;
  const from = wordStart(line, column - BEFORE);
  const excerpt = line.slice(from, wordEnd(line, column + BEHIND, column));
  const place = `ERROR at Row:${row}:Column:${column + 1}`;
  return new SalesforceError(
    400,
    code,
    `\n${excerpt}\n${' '.repeat(column - from)}^\n${place}\n${reason}`,
  );
}

/** The first place not before `wanted` that begins a word of the line. */
function wordStart(line: string, wanted: number): number {
  if (wanted <= 0) return 0;
  const gap = /[\s,]\s*(?=[^\s,])/g;
  gap.lastIndex = wanted - 1;
  const found = gap.exec(line);
  return found === null ? wanted : gap.lastIndex;
}

/** The last place not behind `wanted` that ends a word of the line, but none before `least`. */
function wordEnd(line: string, wanted: number, least: number): number {
  if (wanted >= line.length) return line.length;
  for (let end = wanted; end > least; end -= 1) if (/[\s,]/.test(line[end] ?? '')) return end;
  return wanted;
}
