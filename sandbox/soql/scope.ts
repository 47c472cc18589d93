import type { Access } from '../access.ts';
import type { Field, Schema, SObject } from '../schema.ts';
import { tableSql } from '../storage.ts';
import type { Alias } from './ast.ts';
import type { Currencies } from './currency.ts';
import { nameColumn } from './name-object.ts';
import type { Numbers } from './numbers.ts';
import { columnSql, partsOf } from './row-sql.ts';
import { Unresolved } from './unresolved.ts';

/** What a query is compiled for. */
export interface Context {
  schema: Schema;
  access: Access;
  now: Date;
  /** IANA name, such as `America/Los_Angeles`: the days of date literals run in it. */
  userTimeZone: string;
  /** Deleted rows and archived activities too: `queryAll`. */
  allRows: boolean;
  /** Who asks; USING SCOPE needs it. */
  userId?: string;
  /** `60` of version 60.0; without it, the newest. */
  apiVersion?: number;
  /** The month in which the fiscal year begins, 1 to 12. */
  fiscalYearStart?: number;
  /** In an org with several currencies. */
  currencies?: Currencies | null;
  /** A condition for the rows of an object that the caller may see, `alias` its table's; null: all. */
  sharing?: (object: SObject, alias: string) => string | null;
}

/** A field found at the end of a path, and the SQL that reads it. */
export interface Column {
  field: Field;
  /** The object that has the field; for a polymorphic parent the pseudo-object Name. */
  owner: SObject;
  sql: string;
  /** The canonical path, `Account.Owner.Name`. */
  path: string[];
  /** Behind a relationship: null when the parent is missing, whatever the field says. */
  viaParent: boolean;
  /** Of a compound field: the SQL of its parts by the last word of their names (`City`). */
  parts: Record<string, { sql: string; field: Field }> | null;
  /** Of an amount: the SQL of its row's CurrencyIsoCode; null where the org has one currency. */
  currency: string | null;
  /** `convertCurrency()` was around it. */
  converted?: true;
}

/** A joined row, or one of several rows where a lookup points at several objects. */
export interface JoinedRow {
  /** The name shown in `attributes.type`. */
  name: string;
  targets: { object: SObject; alias: string }[];
  path: string[];
}

/** The most relationships a path may go through. */
const LEVELS = 5;

/** The most relationships to parents in a whole query. */
export const MOST_RELATIONSHIPS = 55;

/** One FROM clause: an object, and a left join for each relationship its paths go through. */
export class Scope {
  readonly object: SObject;
  readonly alias: string;
  readonly numbers: Numbers;
  readonly context: Context;
  readonly root: JoinedRow;
  /** Of a semi-join's inner query, which can have no semi-join of its own. */
  inner = false;
  /** How far below the query's own rows these are: 1 for children, 2 for theirs. */
  depth = 0;
  /** By alias in small letters: the path it stands for. */
  readonly #names = new Map<string, string[]>();
  readonly #joined = new Map<string, JoinedRow>();
  readonly #joins: string[] = [];

  constructor(object: SObject, aliases: Alias[], numbers: Numbers, context: Context) {
    this.object = object;
    this.numbers = numbers;
    this.context = context;
    this.alias = numbers.alias();
    this.root = { name: object.name, targets: [{ object, alias: this.alias }], path: [] };
    this.#names.set(object.name.toLowerCase(), []);
    for (const { alias, path } of aliases)
      this.#names.set(
        alias.toLowerCase(),
        path === null ? [] : this.#withoutAlias(path.text.split('.')),
      );
  }

  /** The FROM clause, complete once all paths are resolved. */
  from(): string {
    return [`${tableSql(this.object)} ${this.alias}`, ...this.#joins].join(' ');
  }

  /** Finds the field at the end of a dotted path. Throws Unresolved. */
  column(path: string): Column {
    return this.columnFrom(this.root, this.#withoutAlias(path.split('.')));
  }

  /** The field at the end of a path that begins at a row. Throws Unresolved. */
  columnFrom(row: JoinedRow, path: string[]): Column {
    return this.columnOf(this.#walk(row, path.slice(0, -1)), path.at(-1) ?? '');
  }

  /** Whether a word stands for the object: its name or an alias. */
  isNamed(word: string): boolean {
    return this.#names.get(word.toLowerCase())?.length === 0;
  }

  #withoutAlias(parts: string[]): string[] {
    const [first = ''] = parts;
    const prefix = this.#names.get(first.toLowerCase());
    if (parts.length < 2 || prefix === undefined) return parts;
    if (this.#relationship(this.object, first) !== undefined) return parts;
    return [...prefix, ...parts.slice(1)];
  }

  /** The row a list of relationship names leads to, joined if it was not yet. Throws Unresolved. */
  source(names: string[]): JoinedRow {
    return this.#walk(this.root, names);
  }

  /** The same for a path as the query has it. Throws Unresolved. */
  rowAt(path: string): JoinedRow {
    return this.#walk(this.root, this.#withoutAlias([...path.split('.'), '']).slice(0, -1));
  }

  #walk(row: JoinedRow, names: string[]): JoinedRow {
    if (row.path.length + names.length > LEVELS) throw new Unresolved({ kind: 'levels' });
    return names.reduce((source, name) => this.#parent(source, name), row);
  }

  #parent(child: JoinedRow, name: string): JoinedRow {
    const lookup = child.targets
      .map(({ object, alias }) => ({ field: this.#relationship(object, name), alias, object }))
      .find(({ field }) => field !== undefined);
    if (lookup?.field === undefined) throw new Unresolved({ kind: 'relationship', name });
    const path = [...child.path, lookup.field.relationshipName ?? name];
    const key = `${lookup.alias}.${lookup.field.name}`;
    const known = this.#joined.get(key);
    if (known !== undefined) return known;
    this.numbers.relationships += 1;
    if (this.numbers.relationships > MOST_RELATIONSHIPS)
      throw new Unresolved({ kind: 'relationships' });
    const objects = lookup.field.referenceTo.flatMap((target) => {
      const object = this.context.schema.object(target);
      return object && this.context.access.canRead(object.name) ? [object] : [];
    });
    if (objects.length === 0) throw new Unresolved({ kind: 'relationship', name });
    const key18 = columnSql(lookup.object, lookup.field, lookup.alias);
    const targets = objects.map((object) => {
      const alias = this.numbers.alias();
      // Of a parent that the caller may not see nothing is shown.
      const shared = this.context.sharing?.(object, alias) ?? null;
      const seen = shared === null ? '' : ` AND ${shared}`;
      this.#joins.push(`LEFT JOIN ${tableSql(object)} ${alias} ON ${alias}."Id" = ${key18}${seen}`);
      return { object, alias };
    });
    const polymorphic = lookup.field.referenceTo.length > 1;
    const source = { name: polymorphic ? 'Name' : objects[0]!.name, targets, path };
    this.#joined.set(key, source);
    return source;
  }

  #relationship(object: SObject, name: string): Field | undefined {
    const wanted = name.toLowerCase();
    return object.fields.find(
      (field) => field.relationshipName?.toLowerCase() === wanted && this.#readable(object, field),
    );
  }

  #readable(object: SObject, field: Field): boolean {
    return this.context.access.canReadField(object.name, field.name);
  }

  /** The fields of the object that this user can see, in the schema's order. */
  readableFields(): Field[] {
    return this.object.fields.filter((field) => this.#readable(this.object, field));
  }

  /** A field of a row in the FROM clause. Throws Unresolved. */
  columnOf(source: JoinedRow, name: string): Column {
    const viaParent = source.path.length > 0;
    if (source.name === 'Name') return nameColumn(source, name, this.context.schema);
    const { object, alias } = source.targets[0]!;
    const field = this.context.schema.field(object, name);
    if (field === undefined || !this.#readable(object, field))
      throw new Unresolved({ kind: 'field', entity: object.name, name });
    const path = [...source.path, field.name];
    const parts = partsOf(object, field, alias);
    const iso =
      field.type === 'currency' ? this.context.schema.field(object, 'CurrencyIsoCode') : undefined;
    const currency = iso === undefined ? null : columnSql(object, iso, alias);
    const sql = columnSql(object, field, alias);
    return { field, owner: object, sql, path, viaParent, parts, currency };
  }
}
