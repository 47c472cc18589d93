import type { Sql } from '../marketing/database.ts';
import type { ConflictRule, Direction } from '../sync/objects.ts';
import { inOrder, isCustom, OBJECTS } from '../sync/objects.ts';
import { requireSchema } from './schema.ts';

export interface FieldEntry {
  object: string;
  field: string;
  column: string;
  type: string;
  columnType: string;
  direction: Direction;
  conflict: ConflictRule;
  /** Why it does not sync, or one way only. */
  reason: string | null;
  /** When Salesforce stopped showing it; its column and data stay (J2). */
  goneAt: string | null;
}

/** Is it an object that can be synced? */
export function isObject(name: string): boolean {
  return isCustom(name) || OBJECTS.some((spec) => spec.name === name);
}

/**
 * Which fields sync, which way, and why one does not, object by object (J5).
 * @throws SchemaMissing
 */
export async function listFields(
  sql: Sql,
  filter: { object?: string | undefined; direction?: string | undefined },
): Promise<FieldEntry[]> {
  await requireSchema(sql);
  const { rows } = await sql.query<FieldEntry & { goneAt: Date | null }>(
    `select object, field, column_name as "column", type, column_type as "columnType", direction,
       conflict, reason, gone_at as "goneAt"
     from tandem.field
     where ($1::text is null or object = $1) and ($2::text is null or direction = $2)
     order by object, field`,
    [filter.object ?? null, filter.direction ?? null],
  );
  const byObject = Map.groupBy(rows, ({ object }) => object);
  return inOrder([...byObject.keys()])
    .flatMap((object) => byObject.get(object)!)
    .map((row) => ({ ...row, goneAt: row.goneAt?.toISOString() ?? null }));
}
