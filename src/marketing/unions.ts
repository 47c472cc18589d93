import type { FieldMapping } from '../sync/field-map.ts';
import { stagingOf } from './columns.ts';
import type { Database, RecordCounts, Transaction } from './database.ts';
import { goByIndex } from './plans.ts';
import { type Union, unitePeople } from './unite-people.ts';

export interface Unions {
  /** Leads that became one with their contact (C10). */
  converted: number;
  /** People whose records were merged in Salesforce (C9). */
  merged: number;
}

/** In one transaction; more of them come in the next. */
const AT_ONCE = 1_000;

/**
 * Makes one person of a lead that was converted while it was here and its contact, and of records that were merged in
 * Salesforce, as soon as both are here (A6, C9, C10). Run again it changes nothing (N6).
 */
export async function settleUnions(
  db: Database,
  mappings: readonly FieldMapping[],
  record?: RecordCounts<Unions>,
): Promise<Unions> {
  const all: Unions = { converted: 0, merged: 0 };
  for (;;) {
    const some = await db.syncTransaction(async (tx) => {
      await goByIndex(tx);
      const unions = await takeUnions(tx);
      await unitePeople(tx, unions, mappings);
      const converted = unions.filter(({ kind }) => kind === 'conversion').length;
      const counts = { converted, merged: unions.length - converted };
      await record?.(tx, counts);
      return counts;
    });
    all.converted += some.converted;
    all.merged += some.merged;
    if (some.converted + some.merged === 0) return all;
  }
}

/** Longer than reads overlap: what changed before that was not new to the last pull. */
const OVERLAPPED = '1 day';

/**
 * Staged leads that are new in this transaction and were converted since the last look (C10). One that has long been
 * converted comes by another condition, or as missed, and stays as it is, as in a first copy (C12, N8).
 */
export async function noteNewConversions(tx: Transaction, object: string): Promise<void> {
  await tx.query(
    `insert into tandem.conversion (person_id)
     select p.id from ${stagingOf(object)} s join marketing.person p on p.sfdc_id = s."Id"
     where p.sfdc_is_converted and p.sfdc_type = 'Lead' and p.created_at = now()
       and s."SystemModstamp"::timestamptz > coalesce(
         (select w.modstamp - interval '${OVERLAPPED}' from tandem.watermark w where w.object = $1),
         '-infinity')
     on conflict do nothing`,
    [object],
  );
}

/**
 * Pairs of people to become one, both locked, in the order in which every writer locks people. Each
 * person is in one pair only: chains, and several losers of one winner, come one after the other.
 */
async function takeUnions(tx: Transaction): Promise<Union[]> {
  const { rows } = await tx.query<Union>(
    `with pairs as (
       select 'conversion' as kind, l.id as loser, w.id as winner,
         -- Whoever has been here longer keeps its id.
         case when l.created_at < w.created_at then l.id else w.id end as keep
       from tandem.conversion c join marketing.person l on l.id = c.person_id
       join marketing.person w on w.id = ${standsFor('l.converted_contact_id')}
       where l.sfdc_type = 'Lead'
       union all
       select 'merge', l.id, w.id, w.id
       from marketing.person l join marketing.person w on w.id = ${standsFor('l.master_record_id')}
       where l.sfdc_is_deleted and l.master_record_id is not null
     ), ranked as (
       select *, row_number() over (partition by winner order by loser) as place from pairs
     ), chosen as (
       select kind, loser, winner, keep from ranked
       where place = 1 and winner not in (select loser from pairs)
       limit ${AT_ONCE}
     ), held as materialized (
       select p.id from marketing.person p
       where p.id in (select loser from chosen union all select winner from chosen)
       order by p.sfdc_id for update of p
     )
     select kind, loser, winner, keep from chosen where (select count(*) from held) > 0`,
  );
  return rows;
}

/** SQL for the person of a record: its own, or the one it became in turn, when it was merged before this was seen. */
function standsFor(sfdcId: string): string {
  return `coalesce((select p.id from marketing.person p where p.sfdc_id = ${sfdcId}),
    (select m.person_id from marketing.person_merge m where m.merged_sfdc_id = ${sfdcId} limit 1))`;
}
