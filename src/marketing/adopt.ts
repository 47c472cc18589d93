import { stagingOf } from './columns.ts';
import type { Transaction } from './database.ts';

/** What a person's log tells of rows that may have come before the person (A6). */
const LOGGED = [
  {
    table: 'task',
    person: 'who_id',
    kind: 'Activity is Logged',
    id: 'task',
    attributes: `jsonb_build_object('task', t.sfdc_id)`,
  },
  {
    table: 'event',
    person: 'who_id',
    kind: 'Activity is Logged',
    id: 'event',
    attributes: `jsonb_build_object('event', t.sfdc_id)`,
  },
  {
    table: 'opportunity_contact_role',
    person: 'contact_id',
    kind: 'Added to Opportunity',
    id: 'opportunity_contact_role',
    attributes: `jsonb_build_object('opportunity_contact_role', t.sfdc_id,
      'opportunity', t.opportunity_id, 'role', t.role)`,
  },
];

/**
 * Logs for staged people what came before them (F2, H1), once. The people are written already; rows that
 * come later are logged by the triggers of their tables.
 */
export async function logWhatCameBefore(tx: Transaction, object: string): Promise<void> {
  await logFor(tx, `${stagingOf(object)} s join marketing.person p on p.sfdc_id = s."Id"`, []);
}

/** logWhatCameBefore for all people of an object whose load is done: its pages went by COPY. */
export async function logWhatCameBeforeLoad(tx: Transaction, object: string): Promise<void> {
  await logFor(tx, '(select * from marketing.person where sfdc_type = $2) p', [object]);
}

async function logFor(tx: Transaction, people: string, values: string[]): Promise<void> {
  for (const { table, person, kind, id, attributes } of LOGGED) {
    await tx.query(
      `insert into marketing.activity (person_id, kind, occurred_at, attributes)
       select p.id, $1, coalesce(t.sfdc_created_at, now()), ${attributes}
       from ${people}
       join marketing.${table} t on t.${person} = p.sfdc_id and not t.sfdc_is_deleted
       where not exists (select from tandem.pushed_activity k where k.task_id = t.sfdc_id)
         and not exists (select from marketing.activity a
         where a.person_id = p.id and a.kind = $1 and a.attributes ->> '${id}' = t.sfdc_id)`,
      [kind, ...values],
    );
  }
}
