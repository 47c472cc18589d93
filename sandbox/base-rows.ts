import {
  LEAD_STATUSES,
  OPPORTUNITY_STAGES,
  TASK_PRIORITIES,
  TASK_STATUSES,
} from './objects/statuses.ts';
import type { Schema } from './schema.ts';
import { type Database, quote, sequenceSql, tableSql } from './storage.ts';

type Row = Record<string, unknown>;

interface BaseRows {
  object: string;
  /** Their ids have one prefix, so that each object begins at a number of its own. */
  firstNumber: number;
  rows: readonly Row[];
  /** The picklist whose values they are. */
  shownBy: [object: string, field: string];
}

const BASE_ROWS: BaseRows[] = [
  {
    object: 'LeadStatus',
    firstNumber: 1,
    rows: LEAD_STATUSES,
    shownBy: ['Lead', 'Status'],
  },
  {
    object: 'OpportunityStage',
    firstNumber: 1001,
    rows: OPPORTUNITY_STAGES,
    shownBy: ['Opportunity', 'StageName'],
  },
  {
    object: 'TaskStatus',
    firstNumber: 2001,
    rows: TASK_STATUSES,
    shownBy: ['Task', 'Status'],
  },
  {
    object: 'TaskPriority',
    firstNumber: 3001,
    rows: TASK_PRIORITIES,
    shownBy: ['Task', 'Priority'],
  },
];

/** The picklist whose values the rows of an object are, by the object: the picklist's object and field. */
export const STATUS_PICKLISTS: Record<string, [object: string, field: string] | undefined> =
  Object.fromEntries(BASE_ROWS.map(({ object, shownBy }) => [object, shownBy]));

/**
 * Makes the rows that every org has, in those of their tables that are empty: the values of status
 * picklists. They are as old as the org.
 */
export async function createBaseRows(db: Database, schema: Schema): Promise<void> {
  for (const base of BASE_ROWS) {
    const table = tableSql(schema.object(base.object)!);
    const { rowCount } = await db.query(`SELECT FROM ${table} LIMIT 1`);
    if (rowCount === 0) await insert(db, schema, base);
  }
}

async function insert(db: Database, schema: Schema, base: BaseRows): Promise<void> {
  const object = schema.object(base.object)!;
  const rows = withOwnValues(schema, base);
  const names = Object.keys(base.rows[0]!);
  const values = names.map((name) => {
    const isBoolean = schema.field(object, name)?.type === 'boolean';
    return isBoolean ? `COALESCE(row.${quote(name)}, false)` : `row.${quote(name)}`;
  });
  await db.query(
    `INSERT INTO ${tableSql(object)} ("Id", ${names.map(quote).join(', ')},
       "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp")
     SELECT org_meta.make_id($2, $3::bigint + row."SortOrder" - 1), ${values.join(', ')},
       org."CreatedById", org."CreatedDate", org."CreatedById", org."CreatedDate", org."CreatedDate"
     FROM jsonb_populate_recordset(NULL::${tableSql(object)}, $1) AS row, org."Organization" AS org`,
    [JSON.stringify(rows), object.keyPrefix, base.firstNumber],
  );
  await db.query('SELECT setval($1, $2)', [
    sequenceSql(object),
    base.firstNumber + rows.length - 1,
  ]);
}

/** The rows, and one for each value that this org has given the picklist itself. */
function withOwnValues(schema: Schema, { rows, shownBy: [name, field] }: BaseRows): Row[] {
  const shown = schema.field(schema.object(name)!, field)?.picklistValues ?? [];
  const own = shown.filter(({ value }) => !rows.some((row) => row.ApiName === value));
  const added = own.map(({ value, label }, i) => ({
    MasterLabel: label,
    ApiName: value,
    SortOrder: rows.length + i + 1,
  }));
  return [...rows, ...added];
}
