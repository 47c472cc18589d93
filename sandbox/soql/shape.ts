import type { FieldType } from '../schema.ts';

/**
 * How a row of the statement, an array of texts or nulls, becomes a record. `column` counts from 0.
 */
export interface Shape {
  /** The object's name; null where `typeColumn` says it row by row. */
  type: string | null;
  /** Where the lookup points at several objects: the column with the name of the one it is. */
  nameColumn: number | null;
  /** The row's id; null for aggregates, which have no address. */
  idColumn: number | null;
  entries: Entry[];
}

export type Entry =
  | { kind: 'value'; key: string; type: FieldType | 'json'; column: number }
  | { kind: 'parent'; key: string; shape: Shape }
  | { kind: 'children'; key: string; shape: Shape; column: number; list: ChildList }
  /** The first shape whose id is there; the other for a parent of another object. */
  | { kind: 'typeof'; key: string; cases: Shape[]; otherwise: Shape | null };

/** What it takes to read the children of a list again by their ids, in their order. */
export interface ChildList {
  /** The ids are to be added as the last parameter. */
  byId: { sql: string; params: unknown[] };
}

/** The columns of a statement while it is put together. */
export class Columns {
  readonly sql: string[] = [];
  readonly #known = new Map<string, number>();

  /** The number of the column with this SQL, added if it was not there. */
  add(sql: string): number {
    const known = this.#known.get(sql);
    if (known !== undefined) return known;
    this.#known.set(sql, this.sql.length);
    return this.sql.push(sql) - 1;
  }
}
