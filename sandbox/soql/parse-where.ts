import type { Comparison, Literal, Logic, Query } from './ast.ts';
import { parseExpression, parseLiteral } from './parse-expression.ts';
import type { Tokens } from './tokens.ts';

const SIGNS = ['=', '!=', '<>', '<', '<=', '>', '>='];
const LISTS = ['IN', 'INCLUDES', 'EXCLUDES'];

/** Parentheses within parentheses; the parser calls itself for each. */
const DEEPEST = 200;

/**
 * The conditions behind WHERE or HAVING. AND and OR side by side need parentheses, and NOT beside
 * either does too.
 */
export function parseLogic(tokens: Tokens, inner: (tokens: Tokens) => Query, depth = 0): Logic {
  if (depth > DEEPEST) throw tokens.unexpected();
  if (tokens.accept('NOT')) {
    const term = parseTerm(tokens, inner, depth);
    if (tokens.is('AND') || tokens.is('OR')) throw tokens.unexpected();
    return { kind: 'not', term };
  }
  const first = parseTerm(tokens, inner, depth);
  const operator = tokens.is('AND') ? 'AND' : 'OR';
  if (!tokens.is(operator)) return first;
  const terms = [first];
  while (tokens.accept(operator)) terms.push(parseTerm(tokens, inner, depth));
  if (tokens.is('AND') || tokens.is('OR')) throw tokens.unexpected();
  return { kind: operator === 'AND' ? 'and' : 'or', terms };
}

function parseTerm(tokens: Tokens, inner: (tokens: Tokens) => Query, depth: number): Logic {
  if (tokens.accept('(')) {
    const logic = parseLogic(tokens, inner, depth + 1);
    tokens.expect(')');
    return logic;
  }
  return { kind: 'comparison', comparison: parseComparison(tokens, inner) };
}

function parseComparison(tokens: Tokens, inner: (tokens: Tokens) => Query): Comparison {
  const left = parseExpression(tokens);
  const { text, offset } = tokens.peek();
  const word = text.toUpperCase();
  if (word === 'NOT' && tokens.is('IN', 1)) {
    tokens.take();
    tokens.take();
    return { left, operator: 'NOT IN', ...parseList(tokens, inner, true), offset };
  }
  if (LISTS.includes(word)) {
    tokens.take();
    return { left, operator: word, ...parseList(tokens, inner, word === 'IN'), offset };
  }
  if (word !== 'LIKE' && !SIGNS.includes(word)) throw tokens.unexpected();
  tokens.take();
  const operator = word === '<>' ? '!=' : word;
  return { left, operator, literals: [parseLiteral(tokens)], query: null, offset };
}

function parseList(
  tokens: Tokens,
  inner: (tokens: Tokens) => Query,
  mayQuery: boolean,
): { literals: Literal[]; query: Query | null } {
  if (tokens.is(':')) parseLiteral(tokens);
  tokens.expect('(');
  if (mayQuery && tokens.is('SELECT')) {
    const query = inner(tokens);
    tokens.expect(')');
    return { literals: [], query };
  }
  const literals = [parseLiteral(tokens)];
  while (tokens.accept(',')) literals.push(parseLiteral(tokens));
  tokens.expect(')');
  return { literals, query: null };
}
