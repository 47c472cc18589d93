import { FormulaError } from './error.ts';
import { type Token, tokensOf } from './tokens.ts';

export type Node =
  | { kind: 'text'; value: string }
  | { kind: 'number'; value: string }
  | { kind: 'name'; name: string }
  | { kind: 'call'; name: string; parts: Node[] }
  | { kind: 'operation'; sign: string; parts: Node[] };

/** Operators by how tightly they bind, loosest first. */
const LEVELS = [
  ['||'],
  ['&&'],
  ['=', '==', '<>', '!=', '<', '<=', '>', '>='],
  ['&'],
  ['+', '-'],
  ['*', '/'],
  ['^'],
];

/** Deeper than this no formula of 5,000 characters makes sense, and the stack is not endless. */
const DEEPEST = 200;

/** A formula's syntax tree. Throws FormulaError. */
export function parseFormula(formula: string): Node {
  const tokens = tokensOf(formula);
  let at = 0;
  let depth = 0;
  const next = () => tokens[at]!;

  function isSign(...signs: string[]): boolean {
    return next().kind === 'sign' && signs.includes(next().text);
  }

  function expect(sign: string): void {
    if (!isSign(sign)) throw new FormulaError(`Syntax error. Missing '${sign}'`);
    at += 1;
  }

  function operation(level: number): Node {
    const signs = LEVELS[level];
    if (signs === undefined) return unary();
    let left = operation(level + 1);
    while (isSign(...signs)) {
      const sign = tokens[at++]!.text;
      left = { kind: 'operation', sign, parts: [left, operation(level + 1)] };
    }
    return left;
  }

  function unary(): Node {
    depth += 1;
    if (depth > DEEPEST) throw new FormulaError('The formula is nested too deeply');
    const node = isSign('-', '+', '!')
      ? { kind: 'operation' as const, sign: `unary ${tokens[at++]!.text}`, parts: [unary()] }
      : primary();
    depth -= 1;
    return node;
  }

  function primary(): Node {
    const token = tokens[at++]!;
    if (token.kind === 'text' || token.kind === 'number')
      return { kind: token.kind, value: token.text };
    if (token.kind === 'name')
      return isSign('(') ? call(token) : { kind: 'name', name: token.text };
    if (token.kind === 'sign' && token.text === '(') {
      const inner = operation(0);
      expect(')');
      return inner;
    }
    if (token.kind === 'end') throw new FormulaError('Syntax error. Found end of formula');
    throw new FormulaError(`Syntax error. Found '${token.text}'`);
  }

  function call(name: Token): Node {
    expect('(');
    const parts: Node[] = [];
    if (!isSign(')')) {
      parts.push(operation(0));
      while (isSign(',')) {
        at += 1;
        parts.push(operation(0));
      }
    }
    expect(')');
    return { kind: 'call', name: name.text.toUpperCase(), parts };
  }

  const root = operation(0);
  if (next().kind !== 'end') throw new FormulaError(`Syntax error. Extra '${next().text}'`);
  return root;
}
