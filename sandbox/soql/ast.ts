/** A name or dotted path as it was written; `offset` counts characters of the query from 0. */
export interface Name {
  text: string;
  offset: number;
}

export type LiteralType =
  | 'STRING'
  | 'NUMBER'
  | 'BOOLEAN'
  | 'NULL'
  | 'DATETIME'
  | 'DATE'
  | 'TIME'
  | 'DATE_LITERAL';

export interface Literal extends Name {
  type: LiteralType;
  /** The number behind the colon of `LAST_N_DAYS:n`. */
  n: number;
}

/** `name` is in capitals, `text` as it was written. */
export interface Call extends Name {
  kind: 'call';
  name: string;
  args: Expression[];
}

export type Path = Name & { kind: 'path' };

export type Expression = Path | Call | (Name & { kind: 'literal'; literal: Literal });

export interface Comparison {
  left: Expression;
  /** In capitals: `=`, `!=`, `<`, `<=`, `>`, `>=`, LIKE, IN, NOT IN, INCLUDES, EXCLUDES. */
  operator: string;
  literals: Literal[];
  /** In place of literals: a semi-join. */
  query: Query | null;
  offset: number;
}

export type Logic =
  | { kind: 'and' | 'or'; terms: Logic[] }
  | { kind: 'not'; term: Logic }
  | { kind: 'comparison'; comparison: Comparison };

export interface Typeof {
  kind: 'typeof';
  path: Name;
  cases: { object: Name; fields: Path[] }[];
  otherwise: Path[] | null;
}

export type Selected =
  | { kind: 'value'; expression: Path | Call; alias: Name | null }
  | { kind: 'children'; query: Query; offset: number }
  | Typeof;

export interface Ordering {
  expression: Path | Call;
  descending: boolean;
  nulls: 'FIRST' | 'LAST' | null;
}

export interface Grouping {
  mode: 'plain' | 'ROLLUP' | 'CUBE';
  expressions: (Path | Call)[];
}

/** A name that stands for the query's object, or, with a path, for a parent of it. */
export interface Alias {
  /** Empty where a parent is named without one. */
  alias: string;
  path: Name | null;
}

export interface Query {
  fields: Selected[];
  /** The object, or in an inner query the relationship. */
  from: Name;
  aliases: Alias[];
  scope: Name | null;
  where: Logic | null;
  groupBy: Grouping | null;
  having: Logic | null;
  orderBy: Ordering[];
  limit: number | null;
  offset: number | null;
  /** Where clauses stand that some queries may not have, by their first word. */
  clauses: Map<string, number>;
  allRows: boolean;
}
