import type { Path, Query, Selected, Typeof } from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import type { Tokens } from './tokens.ts';

/** What stands between SELECT and FROM. */
export function parseSelected(tokens: Tokens, inner: (tokens: Tokens) => Query): Selected[] {
  const fields = [parseOne(tokens, inner)];
  while (tokens.accept(',')) fields.push(parseOne(tokens, inner));
  return fields;
}

function parseOne(tokens: Tokens, inner: (tokens: Tokens) => Query): Selected {
  const { offset } = tokens.peek();
  if (tokens.accept('(')) {
    const query = inner(tokens);
    tokens.expect(')');
    return { kind: 'children', query, offset };
  }
  if (tokens.is('TYPEOF') && tokens.is('WHEN', 2)) return parseTypeof(tokens);
  const expression = parseExpression(tokens);
  const alias = tokens.isName() ? tokens.take() : null;
  return { kind: 'value', expression, alias };
}

function parseTypeof(tokens: Tokens): Typeof {
  tokens.expect('TYPEOF');
  const path = tokens.name();
  const cases: Typeof['cases'] = [];
  while (tokens.accept('WHEN')) {
    const object = tokens.peek();
    if (object.kind !== 'name') throw tokens.unexpected();
    tokens.take();
    if (cases.some((one) => one.object.text.toLowerCase() === object.text.toLowerCase()))
      throw tokens.at(object.offset, `WHEN clause operand [${object.text}] is not unique`);
    tokens.expect('THEN');
    cases.push({ object, fields: parsePaths(tokens) });
  }
  const otherwise = tokens.accept('ELSE') ? parsePaths(tokens) : null;
  tokens.expect('END');
  return { kind: 'typeof', path, cases, otherwise };
}

function parsePaths(tokens: Tokens): Path[] {
  const paths: Path[] = [];
  do {
    const { text, offset } = tokens.name();
    paths.push({ kind: 'path', text, offset });
  } while (tokens.accept(','));
  return paths;
}
