import type { Scope } from './scope.ts';

export interface Part {
  sql: string;
  params: unknown[];
}

/** The columns of the rows with certain ids, in the order of the ids, which are to be added as the last parameter. */
export function byIdPart(scope: Scope, columns: string[]): Part {
  const from = scope
    .from()
    .replace(` ${scope.alias}`, ` ${scope.alias} ON ${scope.alias}."Id" = page.id`);
  return renumbered(
    `SELECT ${columns.join(', ')} FROM unnest($page::text[]) WITH ORDINALITY AS page(id, n) JOIN ${from} ORDER BY page.n`,
    scope.numbers.params,
  );
}

/**
 * A part of a statement with the parameters it uses numbered from 1, and `$page`, if any, after them:
 * PostgreSQL refuses parameters that nothing uses.
 */
export function renumbered(sql: string, params: unknown[]): Part {
  const used: number[] = [];
  const text = sql.replace(/'(?:[^']|'')*'|"[^"]*"|\$(\d+)/g, (whole, number?: string) => {
    if (number === undefined) return whole;
    if (!used.includes(Number(number))) used.push(Number(number));
    return `$${used.indexOf(Number(number)) + 1}`;
  });
  return {
    sql: text.replace('$page', `$${used.length + 1}`),
    params: used.map((number) => params[number - 1]),
  };
}
