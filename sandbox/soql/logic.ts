import type { HavingClause, WhereClause } from 'soql-parser-js';

/** One comparison, as the parser gives it; the parts that only some comparisons have are optional. */
export interface Comparison {
  field?: string;
  fn?: Call;
  operator: string;
  value?: string | string[];
  literalType?: string | string[];
  dateLiteralVariable?: number | (number | null)[];
  valueQuery?: import('soql-parser-js').Query;
  openParen?: number;
  closeParen?: number;
}

export interface Call {
  functionName?: string;
  parameters?: unknown[];
  rawValue?: string;
  alias?: string;
}

export type Logic =
  | { kind: 'and' | 'or'; terms: Logic[] }
  | { kind: 'not'; term: Logic }
  | { kind: 'comparison'; comparison: Comparison };

type Token = '(' | ')' | 'NOT' | 'AND' | 'OR' | Comparison;

interface Link {
  left?: (Partial<Comparison> & { openParen?: number }) | null;
  operator?: string;
  right?: Link;
}

/** AND and OR side by side without parentheses, which SOQL refuses. */
export class MixedOperators extends Error {
  readonly operator: 'AND' | 'OR';
  constructor(operator: 'AND' | 'OR') {
    super(`${operator} needs parentheses here`);
    this.name = 'MixedOperators';
    this.operator = operator;
  }
}

/** The parser's chain of comparisons with counted parentheses, as a tree. Throws MixedOperators. */
export function logicOf(clause: WhereClause | HavingClause): Logic {
  const tokens = tokensOf(clause as Link);
  let at = 0;
  const expression = (): Logic => {
    const terms = [term()];
    const operator = tokens[at];
    if (operator !== 'AND' && operator !== 'OR') return terms[0]!;
    while (tokens[at] === operator) {
      at += 1;
      terms.push(term());
    }
    const next = tokens[at];
    if (next === 'AND' || next === 'OR') throw new MixedOperators(next);
    return { kind: operator === 'AND' ? 'and' : 'or', terms };
  };
  const term = (): Logic => {
    const token = tokens[at];
    at += 1;
    if (token === 'NOT') return { kind: 'not', term: term() };
    if (token === '(') {
      const inner = expression();
      at += 1;
      return inner;
    }
    return { kind: 'comparison', comparison: token as Comparison };
  };
  return expression();
}

function tokensOf(clause: Link): Token[] {
  const tokens: Token[] = [];
  for (let link: Link | undefined = clause; link !== undefined; link = link.right) {
    const { left, operator } = link;
    for (let open = left?.openParen ?? 0; open > 0; open -= 1) tokens.push('(');
    if (left && left.operator !== undefined) {
      tokens.push({ ...(left as Comparison), operator: left.operator.toUpperCase() });
      for (let close = left.closeParen ?? 0; close > 0; close -= 1) tokens.push(')');
    }
    if (operator !== undefined) tokens.push(operator.toUpperCase() as Token);
  }
  return tokens;
}
