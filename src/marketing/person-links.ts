import { columnOf, type FieldMapping, isPulled } from '../sync/field-map.ts';
import type { PathStep } from '../sync/lookup-path.ts';
import { objectSpec } from '../sync/objects.ts';
import { quote, tableOf } from './columns.ts';
import type { Database, Transaction } from './database.ts';

/**
 * Keeps a view `<table>_person` (sfdc_id, person_id) of each custom object: whom its rows belong to, along
 * its lookups (G1), also by the record of somebody who became one with another (C9, C10), and indexes for them. A path that leads over an object or a lookup which is not synced is left
 * out; an object without any other has no view. Changes nothing when all is so already.
 */
export async function keepPersonLinks(
  db: Database,
  mappings: readonly FieldMapping[],
  paths: ReadonlyMap<string, readonly PathStep[][]>,
): Promise<void> {
  // One that is switched off may have no column at all.
  const pulled = mappings.filter(isPulled);
  const column = ({ object, field }: PathStep) => columnOf(pulled, object, field);
  for (const [object, all] of paths) {
    const synced = all.filter((path) => path.every((step) => column(step) !== undefined));
    if (synced.length === 0) continue;
    await db.transaction(async (tx) => {
      for (const step of synced.flat()) await keepIndex(tx, step.object, column(step)!);
      const selects = synced.map((path) => linkSql(path, (step) => column(step)!));
      const view = `marketing.${quote(`${objectSpec(object).table}_person`)}`;
      await keepView(tx, view, selects.join('\nunion\n'));
    });
  }
}

function linkSql(path: readonly PathStep[], column: (step: PathStep) => string): string {
  const [first] = path;
  const joins = path.slice(1).map((step, index) => {
    const before = path[index]!;
    return `join ${tableOf(step.object)} t${index + 1}
      on t${index + 1}.sfdc_id = t${index}.${quote(column(before))}`;
  });
  const last = path.at(-1)!;
  const reference = `t${path.length - 1}.${quote(column(last))}`;
  const from = `from ${tableOf(first!.object)} t0\n    ${joins.join('\n')}`;
  // By an account a row belongs to each of its contacts.
  if (last.to === 'Account') {
    return `select t0.sfdc_id, p.id as person_id ${from} join marketing.person p on p.account = ${reference}`;
  }
  return `select t0.sfdc_id, p.id as person_id ${from} join marketing.person p on p.sfdc_id = ${reference}
    union
    select t0.sfdc_id, p.id ${from}
    join marketing.person_merge m on m.merged_sfdc_id = ${reference}
    join marketing.person p on p.id = m.person_id`;
}

async function keepIndex(tx: Transaction, object: string, column: string): Promise<void> {
  const { rows } = await tx.query<{ there: boolean }>(
    `select exists (
       select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
       where i.indrelid = $1::regclass and a.attname = $2) as there`,
    [tableOf(object), column],
  );
  if (!rows[0]!.there) await tx.query(`create index on ${tableOf(object)} (${quote(column)})`);
}

async function keepView(tx: Transaction, view: string, select: string): Promise<void> {
  const held = await tx.query<{ comment: string | null }>(
    `select obj_description(to_regclass($1), 'pg_class') as comment`,
    [view],
  );
  // PostgreSQL keeps no text of a view as it was written: the comment tells whether it is this one.
  const { rows } = await tx.query<{ digest: string }>('select md5($1::text) as digest', [select]);
  const comment = `Whom each row belongs to, by its lookups (${rows[0]!.digest})`;
  if (held.rows[0]!.comment === comment) return;
  await tx.query(`create or replace view ${view} as ${select}`);
  await tx.query(`comment on view ${view} is '${comment}'`);
}
