import type { SObject } from '../schema.ts';
import { type Database, quote, tableSql } from '../storage.ts';
import { BLOCK_BY_PERCENT, BLOCK_SIZE, TEXT_COUNT } from './base.ts';
import { SHAPE_CYCLE, type Shape } from './shapes.ts';
import { draw, oneOf } from './sql.ts';
import type { Staff } from './staff.ts';
import { agesOf, at } from './stamps.ts';

/**
 * How the rows of one object are made, set-based: expressions over
 * `r` (n, total, base, key, company_key), the blocks `p` (first name), `q` (last name), `c` (company),
 * `a` (address), the text `t` and the ages `g`.
 */
export interface RowPlan {
  object: SObject;
  /** Rows in all, deleted ones included. */
  total: number;
  /** A number that all choices for row `n` are drawn from, so that two plans can mean one person. */
  key: string;
  companyKey: string;
  /** Column name → expression. */
  columns: Record<string, string>;
  shapes: Shape[];
}

/** Rows of one object that follow from those of another: at most one for each, in the same context. */
export interface DerivedPlan {
  of: RowPlan;
  object: SObject;
  /** Which rows of the other object have one. */
  where: string;
  /** No row has a higher number; the next id comes after it. */
  lastNumber: number;
  columns: Record<string, string>;
}

/** For so many live rows there is one in the recycle bin. */
const LIVE_PER_DELETED = 100;
const DELETED_CYCLE = LIVE_PER_DELETED + 1;

/** Rows to make so that `live` of them are not deleted. */
export const totalFor = (live: number): number => live + Math.floor(live / LIVE_PER_DELETED);

export const isDeleted = (n: string): string => `(${n} % ${DELETED_CYCLE} = ${LIVE_PER_DELETED})`;

export const idOf = (object: SObject, n: string): string =>
  `org_meta.make_id('${object.keyPrefix}', ${n})`;

/** Id, audit and recycle-bin columns of rows that have a life of their own. */
export function auditColumns(object: SObject, staff: Staff): Record<string, string> {
  const users = [staff.adminId, staff.syncUserId, ...staff.salesIds];
  return {
    Id: idOf(object, 'r.n'),
    IsDeleted: isDeleted('r.n'),
    CreatedDate: at('g.created_age'),
    CreatedById: oneOf('r.key', 801, users),
    LastModifiedDate: at('g.changed_age'),
    LastModifiedById: oneOf('r.key', 802, users),
    SystemModstamp: at('g.touched_age'),
  };
}

/** What Account, Contact and Lead have besides: some were deleted by a merge; the winner is the row before. */
export function commonColumns(object: SObject, staff: Staff): Record<string, string> {
  return {
    ...auditColumns(object, staff),
    MasterRecordId: `CASE WHEN ${isDeleted('r.n')} AND ${draw('r.key', 800, 3)} = 0 THEN ${idOf(object, '(r.n - 1)')} END`,
  };
}

/** The expression of a column of a plan's row, with what its shape puts in its place. */
export function columnOf(plan: RowPlan, name: string): string {
  const sql = plan.columns[name];
  if (sql === undefined) throw new Error(`sandbox/seed: ${plan.object.name} has no column ${name}`);
  const field = plan.object.fields.find((candidate) => candidate.name === name)!;
  const own =
    field.nillable && field.type !== 'reference'
      ? `CASE WHEN s.bare THEN NULL ELSE ${sql} END`
      : sql;
  const isShaped = plan.shapes.some((shape) => name in shape.fields);
  return isShaped ? `COALESCE(s.${quote(name)}, ${own})` : own;
}

/** Makes the rows of a plan, or those that follow from them, for its rows `from` to `to`. */
export async function insertRows(
  db: Database,
  plan: RowPlan | DerivedPlan,
  from: number,
  to: number,
  base: Date,
): Promise<void> {
  const source = 'of' in plan ? plan.of : plan;
  const names = Object.keys(plan.columns);
  const values = names.map((name) => ('of' in plan ? plan.columns[name]! : columnOf(plan, name)));
  await db.query(
    `INSERT INTO ${tableSql(plan.object)} (${names.map(quote).join(', ')})
     SELECT ${values.join(',\n')}
     FROM ${contextOf(source, from, to)}
     ${'of' in plan ? `WHERE ${plan.where}` : ''}
     ORDER BY r.n`,
    [base.toISOString()],
  );
}

function contextOf(plan: RowPlan, from: number, to: number): string {
  const block = `(ARRAY[${BLOCK_BY_PERCENT}])[1 + ${draw('r.key', 1, 100)}]`;
  const companyBlock = `(ARRAY[${BLOCK_BY_PERCENT}])[1 + ${draw('r.company_key', 1, 100)}]`;
  const place = (inBlock: string, key: string, salt: number) =>
    `${inBlock} * ${BLOCK_SIZE} + ${draw(key, salt, BLOCK_SIZE)}`;
  return `(SELECT n, ${plan.total}::bigint AS total, $1::timestamptz AS base,
             ${plan.key} AS key, ${plan.companyKey} AS company_key
           FROM generate_series(${from}::bigint, ${to}) AS n OFFSET 0) AS r
     CROSS JOIN LATERAL (${agesOf('r.key')} OFFSET 0) AS g
     JOIN org_seed.base AS p ON p.i = ${place(block, 'r.key', 2)}
     JOIN org_seed.base AS q ON q.i = ${place(block, 'r.key', 3)}
     JOIN org_seed.base AS c ON c.i = ${place(companyBlock, 'r.company_key', 4)}
     JOIN org_seed.base AS a ON a.i = ${place(block, 'r.key', 5)}
     JOIN org_seed.text AS t ON t.i = ${draw('r.key', 6, TEXT_COUNT)}
     LEFT JOIN org_seed.${quote(plan.object.name)} AS s ON s.slot = r.n % ${SHAPE_CYCLE} AND r.n <= s.until`;
}

/** Puts a plan's shapes in `org_seed`, in a table with the object's columns. */
export async function createShapes(db: Database, plan: RowPlan): Promise<void> {
  const table = `org_seed.${quote(plan.object.name)}`;
  const known = new Set(plan.object.fields.map((field) => field.name));
  const shapes = plan.shapes
    .map((shape, i) => ({
      ...Object.fromEntries(Object.entries(shape.fields).filter(([name]) => known.has(name))),
      slot: i + 1,
      until: shape.until ?? plan.total,
      bare: shape.bare ?? false,
    }))
    .filter((shape) => shape.bare || Object.keys(shape).length > 3);
  await db.query(
    `CREATE UNLOGGED TABLE ${table} AS
       SELECT *, 0 AS slot, 0 AS until, false AS bare FROM ${tableSql(plan.object)} WHERE false`,
  );
  await db.query(
    `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`,
    [JSON.stringify(shapes)],
  );
}
