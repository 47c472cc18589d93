import { resolveErrors } from '../ledger/sync-errors.ts';
import { isSalesforceId } from '../sync/action.ts';
import { type FieldMapping, isPushed } from '../sync/field-map.ts';
import { quote } from './columns.ts';
import type { Database, Sql } from './database.ts';
import { addMembersAnew } from './programs/members.ts';
import { type Union, unitePeople } from './unite-people.ts';

/** A person as an action meets them. */
export interface ActionPerson {
  id: string;
  sfdcId: string | null;
  object: 'Lead' | 'Contact' | null;
  isDeleted: boolean;
  isConverted: boolean;
  outOfScope: boolean;
  ownerId: string | null;
}

/** The person, or the one they became (C9, C10); null when there is none. */
export async function readPerson(sql: Sql, id: string): Promise<ActionPerson | null> {
  const { rows } = await sql.query<ActionPerson>(
    `with recursive became as (
       select $1::uuid as id, 0 as step
       union all
       select m.person_id, b.step + 1 from became b
       join marketing.person_merge m on m.merged_person_id = b.id
       where b.step < 50 and not exists (select from marketing.person p where p.id = b.id)
     )
     select p.id, p.sfdc_id as "sfdcId", p.sfdc_type as object, p.sfdc_is_deleted as "isDeleted",
       coalesce(p.sfdc_is_converted, false) as "isConverted",
       p.sfdc_out_of_scope as "outOfScope", p.owner_id as "ownerId"
     from became b join marketing.person p on p.id = b.id order by b.step limit 1`,
    [id],
  );
  return rows[0] ?? null;
}

/** Was a record for this person sent to Salesforce before, with an answer that never came (trap 18)? */
export async function creationTried(sql: Sql, personId: string): Promise<boolean> {
  const { rowCount } = await sql.query('select from tandem.creation where person_id = $1', [
    personId,
  ]);
  return rowCount > 0;
}

/** A person whose record is deleted stands for nobody in Salesforce from now on (C8). */
export async function detachPerson(db: Database, personId: string): Promise<void> {
  await db.syncTransaction(async (tx) => {
    const { rows } = await tx.query<{ object: string }>(
      `select sfdc_type as object from marketing.person
       where id = $1 and sfdc_is_deleted and sfdc_type is not null for update`,
      [personId],
    );
    const object = rows[0]?.object;
    if (object === undefined) return;
    await tx.query(
      `update marketing.person set sfdc_id = null, sfdc_is_deleted = false, sfdc_is_converted = null,
         sfdc_converted_at = null, sfdc_created_at = null, master_record_id = null, account = null,
         owner_id = null
       where id = $1`,
      [personId],
    );
    await tx.query('delete from tandem.pending_change where person_id = $1', [personId]);
    await tx.query('delete from tandem.creation where person_id = $1', [personId]);
    await addMembersAnew(tx, [personId]);
    await resolveErrors(tx, object, 'push updates', [personId]);
  });
}

/** A second person with the values that a lead takes, under an id of the caller's; once (I1). */
export async function copyPerson(
  db: Database,
  { from, to, mappings }: { from: string; to: string; mappings: readonly FieldMapping[] },
): Promise<void> {
  const columns = new Set(
    mappings
      .filter((one) => one.object === 'Lead' && one.createable && isPushed(one))
      .map(({ column }) => column)
      .filter((column) => column !== 'owner_id'),
  );
  const list = [...columns].map(quote);
  // A lead needs a company; the contact's is its account's name.
  const values = list.map((column) =>
    column === '"company"' ? 'coalesce(p.company, a.name)' : `p.${column}`,
  );
  await db.syncTransaction((tx) =>
    tx.query(
      `insert into marketing.person (id${list.map((one) => `, ${one}`).join('')})
       select $2${values.map((one) => `, ${one}`).join('')}
       from marketing.person p left join marketing.account a on a.sfdc_id = p.account
       where p.id = $1
       on conflict (id) do nothing`,
      [from, to],
    ),
  );
}

/** Takes the copy of an action that failed back, if it made one; one that has become a record stays. */
export async function dropCopy(db: Database, id: string): Promise<void> {
  await db.syncTransaction(async (tx) => {
    await resolveErrors(tx, 'Lead', 'push new', [id]);
    await tx.query('delete from tandem.creation where person_id = $1', [id]);
    await tx.query('delete from marketing.person where id = $1 and sfdc_id is null', [id]);
  });
}

/** Deletes a person here as a user would: what is pending goes, and the deletion is kept (C14). */
export async function deletePerson(db: Database, id: string): Promise<void> {
  await db.transaction((tx) => tx.query('delete from marketing.person where id = $1', [id]));
}

/** The owner that Salesforce took, over an edit of it that was still pending: the action came later (I3). */
export async function settleOwner(
  db: Database,
  { personId, column, ownerId }: { personId: string; column: string; ownerId: string },
): Promise<void> {
  await db.syncTransaction((tx) =>
    tx.query(
      `update marketing.person set ${quote(column)} = $2 where id = $1
         and ${quote(column)} is distinct from $2`,
      [personId, ownerId],
    ),
  );
}

/** Users and queues that go by this id, email or name. */
export async function findOwners(sql: Sql, owner: string): Promise<string[]> {
  const { rows } = await sql.query<{ sfdc_id: string }>(
    `select sfdc_id from marketing.sales_user
     where not sfdc_is_deleted and case when $2 then left(sfdc_id, 15) = left($1, 15)
       else lower(email) = lower($1) or lower(name) = lower($1) end
     order by sfdc_id limit 3`,
    // A name may have as many letters as an id.
    [owner, isSalesforceId(owner) && /^(005|00G)/.test(owner)],
  );
  return rows.map(({ sfdc_id }) => sfdc_id);
}

/** Makes two people one here, of whom at most one has a record in Salesforce: `record` is whose stays (I8). */
export async function uniteHere(
  db: Database,
  input: { keep: string; goes: string; record: string; mappings: readonly FieldMapping[] },
): Promise<void> {
  const { keep, goes, record, mappings } = input;
  await db.syncTransaction(async (tx) => {
    const { rowCount } = await tx.query(
      `select from marketing.person where id = any($1::uuid[])
       order by sfdc_id, id for update`,
      [[keep, goes]],
    );
    if (rowCount < 2) return;
    const loser = record === keep ? goes : keep;
    const union: Union = { kind: 'here', winner: record, loser, keep };
    await unitePeople(tx, [union], mappings);
  });
}
