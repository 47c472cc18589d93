import { malformedQuery } from '../errors.ts';
import type { Alias, Grouping, Name, Ordering, Query } from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { parseSelected } from './parse-select.ts';
import { parseLogic } from './parse-where.ts';
import { Tokens } from './tokens.ts';

/** Queries within queries; the parser calls itself for each. */
const DEEPEST = 10;

/** Reads a query; throws MALFORMED_QUERY with the spot of the first token that does not fit. */
export function parse(soql: string): Query {
  const tokens = new Tokens(soql);
  const query = parseQuery(tokens, 0);
  if (tokens.peek().kind !== 'end') throw tokens.unexpected();
  return query;
}

function parseQuery(tokens: Tokens, depth: number): Query {
  if (depth > DEEPEST) throw tokens.unexpected();
  const inner = () => parseQuery(tokens, depth + 1);
  tokens.expect('SELECT');
  const fields = parseSelected(tokens, inner);
  tokens.expect('FROM');
  const from = parseObject(tokens);
  const query: Query = {
    fields,
    from,
    aliases: parseAliases(tokens),
    scope: null,
    where: null,
    groupBy: null,
    having: null,
    orderBy: [],
    limit: null,
    offset: null,
    clauses: new Map(),
    allRows: false,
  };
  for (const [word, read] of CLAUSES) {
    if (!tokens.is(word)) continue;
    query.clauses.set(word, tokens.take().offset);
    read(tokens, query, inner);
  }
  return query;
}

/** An object may be called `Group` or `Order`, in spite of the keywords. */
function parseObject(tokens: Tokens) {
  const { kind, text, offset } = tokens.peek();
  if (kind !== 'name' || /^(?:SELECT|FROM|WHERE|LIMIT|USING|WITH)$/i.test(text))
    throw tokens.unexpected();
  tokens.take();
  return { text, offset };
}

const AFTER_OBJECT = /^(?:ALL|FOR|OFFSET|ORDER|UPDATE)$/i;

/** `FROM Contact c, c.Account a` */
function parseAliases(tokens: Tokens): Alias[] {
  const aliases: Alias[] = [];
  for (let path: Name | null = null; ; path = tokens.name()) {
    tokens.accept('AS');
    const named = tokens.isName() && !AFTER_OBJECT.test(tokens.peek().text);
    if (named || path !== null) aliases.push({ alias: named ? tokens.take().text : '', path });
    if (!tokens.accept(',')) return aliases;
  }
}

type Read = (tokens: Tokens, query: Query, inner: (tokens: Tokens) => Query) => void;

/** The clauses in the only order they may stand in. */
const CLAUSES: [string, Read][] = [
  [
    'USING',
    (tokens, query) => {
      tokens.expect('SCOPE');
      query.scope = tokens.name();
    },
  ],
  [
    'WHERE',
    (tokens, query, inner) => {
      query.where = parseLogic(tokens, inner);
    },
  ],
  ['WITH', (tokens) => parseWith(tokens)],
  [
    'GROUP',
    (tokens, query) => {
      tokens.expect('BY');
      query.groupBy = parseGrouping(tokens);
    },
  ],
  [
    'HAVING',
    (tokens, query, inner) => {
      query.having = parseLogic(tokens, inner);
    },
  ],
  [
    'ORDER',
    (tokens, query) => {
      tokens.expect('BY');
      do query.orderBy.push(parseOrdering(tokens));
      while (tokens.accept(','));
    },
  ],
  [
    'LIMIT',
    (tokens, query) => {
      query.limit = parseCount(tokens);
    },
  ],
  [
    'OFFSET',
    (tokens, query) => {
      query.offset = parseCount(tokens);
    },
  ],
  ['FOR', parseFor],
  ['UPDATE', (tokens) => parseUpdate(tokens)],
  [
    'ALL',
    (tokens, query) => {
      tokens.expect('ROWS');
      query.allRows = true;
      if (tokens.accept('FOR')) parseFor(tokens, query);
    },
  ],
];

function parseWith(tokens: Tokens): void {
  const { text } = tokens.peek();
  if (!/^(?:SECURITY_ENFORCED|USER_MODE|SYSTEM_MODE)$/i.test(text)) throw tokens.unexpected();
  tokens.take();
}

function parseFor(tokens: Tokens, query: Query): void {
  do {
    const { text, offset } = tokens.peek();
    if (!/^(?:VIEW|REFERENCE|UPDATE)$/i.test(text)) throw tokens.unexpected();
    tokens.take();
    if (text.toUpperCase() === 'UPDATE') query.clauses.set('FOR UPDATE', offset);
  } while (tokens.accept(',') || tokens.accept('FOR'));
}

function parseUpdate(tokens: Tokens): void {
  do {
    if (!/^(?:TRACKING|VIEWSTAT)$/i.test(tokens.peek().text)) throw tokens.unexpected();
    tokens.take();
  } while (tokens.accept(','));
}

function parseGrouping(tokens: Tokens): Grouping {
  const mode = tokens.is('ROLLUP') ? 'ROLLUP' : tokens.is('CUBE') ? 'CUBE' : 'plain';
  const within = mode !== 'plain' && tokens.is('(', 1);
  if (within) {
    tokens.take();
    tokens.take();
  }
  const expressions: Grouping['expressions'] = [];
  do expressions.push(parseExpression(tokens));
  while (tokens.accept(','));
  if (within) tokens.expect(')');
  return { mode: within ? mode : 'plain', expressions };
}

function parseOrdering(tokens: Tokens): Ordering {
  const expression = parseExpression(tokens);
  const descending = !tokens.accept('ASC') && tokens.accept('DESC');
  if (!tokens.accept('NULLS')) return { expression, descending, nulls: null };
  if (tokens.accept('FIRST')) return { expression, descending, nulls: 'FIRST' };
  tokens.expect('LAST');
  return { expression, descending, nulls: 'LAST' };
}

const LARGEST_INT = 2_147_483_647;

function parseCount(tokens: Tokens): number {
  const { kind, text, offset } = tokens.peek();
  if (tokens.is(':')) throw tokens.at(offset, 'Bind variables only allowed in Apex code');
  if (kind !== 'number' || !/^\d+$/.test(text)) throw tokens.unexpected();
  if (Number(text) > LARGEST_INT) throw malformedQuery(`numeric value out of range: ${text}`);
  tokens.take();
  return Number(text);
}
