import { FormulaError } from './error.ts';

export interface Token {
  kind: 'name' | 'text' | 'number' | 'sign' | 'end';
  /** Of a text, what is between its quotes, escapes resolved. */
  text: string;
}

const SIGNS = ['&&', '||', '<>', '!=', '<=', '>=', '==', ...'=<>+-*/^&(),!'];
const NAME = /^\$?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/;
const NUMBER = /^(?:\d+(?:\.\d*)?|\.\d+)/;
const BLANK = /^(?:\s+|\/\*[\s\S]*?\*\/)/;

/** Reads a formula's words; the last is `end`. */
export function tokensOf(formula: string): Token[] {
  const tokens: Token[] = [];
  for (let rest = formula; ; ) {
    rest = rest.slice(BLANK.exec(rest)?.[0].length ?? 0);
    if (BLANK.test(rest)) continue;
    if (rest === '') return [...tokens, { kind: 'end', text: '' }];
    const [token, length] = tokenAt(rest);
    tokens.push(token);
    rest = rest.slice(length);
  }
}

function tokenAt(rest: string): [Token, length: number] {
  const quoted = /^(["'])((?:\\[\s\S]|(?!\1)[^\\])*)\1/.exec(rest);
  if (quoted !== null) {
    const text = quoted[2]!.replaceAll(/\\([\s\S])/g, (_, escaped: string) => unescaped(escaped));
    return [{ kind: 'text', text }, quoted[0].length];
  }
  const name = NAME.exec(rest)?.[0];
  if (name !== undefined) return [{ kind: 'name', text: name }, name.length];
  const number = NUMBER.exec(rest)?.[0];
  if (number !== undefined) return [{ kind: 'number', text: number }, number.length];
  const sign = SIGNS.find((one) => rest.startsWith(one));
  if (sign !== undefined) return [{ kind: 'sign', text: sign }, sign.length];
  if (/^["']/.test(rest)) throw new FormulaError('Syntax error. Missing closing quote');
  throw new FormulaError(`Syntax error. Found '${rest[0]}'`);
}

const unescaped = (letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? letter;
