import type { Call, Expression, Literal, Path } from './ast.ts';
import { isDateLiteral } from './date-literals.ts';
import type { Tokens } from './tokens.ts';

/** Deeper nesting than any query needs; the parser calls itself for each level. */
const DEEPEST = 20;

/** A field path or a function call. */
export function parseExpression(tokens: Tokens, depth = 0): Path | Call {
  const { text, offset } = tokens.name();
  if (!tokens.is('(')) return { kind: 'path', text, offset };
  if (depth > DEEPEST || text.includes('.')) throw tokens.unexpected();
  tokens.take();
  const args: Expression[] = [];
  while (!tokens.is(')')) {
    if (args.length > 0) tokens.expect(',');
    args.push(parseArgument(tokens, depth + 1));
  }
  const end = tokens.take().offset + 1;
  return {
    kind: 'call',
    name: text.toUpperCase(),
    args,
    text: tokens.soql.slice(offset, end),
    offset,
  };
}

function parseArgument(tokens: Tokens, depth: number): Expression {
  if (tokens.peek().kind === 'name') return parseExpression(tokens, depth);
  const literal = parseLiteral(tokens);
  return { kind: 'literal', literal, text: literal.text, offset: literal.offset };
}

const TYPES: Partial<Record<string, Literal['type']>> = {
  string: 'STRING',
  number: 'NUMBER',
  currency: 'NUMBER',
  date: 'DATE',
  datetime: 'DATETIME',
  time: 'TIME',
};

export function parseLiteral(tokens: Tokens): Literal {
  const { kind, text, offset } = tokens.peek();
  const type = TYPES[kind];
  if (type !== undefined) {
    tokens.take();
    return { type, text, offset, n: 0 };
  }
  if (kind === 'sign' && text === ':')
    throw tokens.at(offset, 'Bind variables only allowed in Apex code');
  if (kind !== 'name') throw tokens.unexpected();
  const word = text.toUpperCase();
  const plain = (as: Literal['type']): Literal => {
    tokens.take();
    return { type: as, text, offset, n: 0 };
  };
  if (word === 'NULL') return plain('NULL');
  if (word === 'TRUE' || word === 'FALSE') return plain('BOOLEAN');
  if (/^[A-Z]{3}\d+$/.test(word)) return plain('NUMBER');
  if (isDateLiteral(word)) return plain('DATE_LITERAL');
  if (!isDateLiteral(`${word}:n`) || !tokens.is(':', 1)) throw tokens.unexpected();
  tokens.take();
  tokens.take();
  const n = tokens.peek();
  if (n.kind !== 'number' || !/^\d+$/.test(n.text)) throw tokens.unexpected();
  tokens.take();
  return { type: 'DATE_LITERAL', text: `${text}:${n.text}`, offset, n: Number(n.text) };
}
