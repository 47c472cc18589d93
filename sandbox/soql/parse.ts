import type { Query } from 'soql-parser-js';
import parser from 'soql-parser-js';
import { malformedQuery, type SalesforceError } from '../errors.ts';
import { withTimesOfDay } from './literals.ts';
import { errorAt, type Word, words } from './position.ts';

export interface Parsed {
  soql: string;
  query: Query;
  /** `ALL ROWS` stood at the end: deleted and archived rows too. */
  allRows: boolean;
}

const ALL_ROWS = /\s+ALL\s+ROWS\s*$/i;

/** Reads a query; throws MALFORMED_QUERY with the spot of the first token that does not fit. */
export function parse(soql: string): Parsed {
  if (soql.trim() === '') throw malformedQuery("unexpected token: '<EOF>'");
  const allRows = ALL_ROWS.test(soql);
  const text = allRows ? soql.replace(ALL_ROWS, '') : soql;
  try {
    // Without options: with any, the parser builds itself anew on each call, which takes 100 ms.
    return { soql, query: parser.parseQuery(withTimesOfDay(text)), allRows };
  } catch (error) {
    throw refusal(text, error instanceof Error ? error : new Error(String(error)));
  }
}

function refusal(soql: string, error: Error): SalesforceError {
  const lexed = /unexpected character: ->(.)<- at offset: (\d+)/s.exec(error.message);
  if (lexed) {
    const reason = `line 1:${lexed[2]} no viable alternative at character '${lexed[1]}'`;
    return errorAt(soql, Number(lexed[2]), 'MALFORMED_QUERY', reason);
  }
  const image = foundToken(error);
  if (image === '' || image === undefined) return malformedQuery("unexpected token: '<EOF>'");
  const word = spot(soql, image);
  if (/^\s*select\b/i.test(soql) === false) return malformedQuery(`unexpected token: ${image}`);
  return errorAt(soql, word, 'MALFORMED_QUERY', `unexpected token: '${image}'`);
}

/** The text of the token that did not fit; empty at the end of the query. */
function foundToken(error: Error): string | undefined {
  const found =
    /but found --> '(.*?)' <--$/s.exec(error.message) ??
    /but found: '(.*)'$/s.exec(error.message) ??
    /but found: (.*)$/s.exec(error.message);
  return found?.[1];
}

/**
 * The parser's errors name the token but not its place. When it stands in the query several times,
 * the place is the first one up to which the query, cut off there, fails at that same token.
 */
function spot(soql: string, image: string): number {
  const places = words(soql).filter(({ text }) => text === image || text.startsWith(image));
  const first = places.find(({ offset }: Word) => {
    try {
      parser.parseQuery(soql.slice(0, offset + image.length));
      return false;
    } catch (error) {
      return error instanceof Error && foundToken(error) === image;
    }
  });
  return (first ?? places.at(-1))?.offset ?? 0;
}
