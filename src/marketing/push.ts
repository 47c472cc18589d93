import { recordConflicts } from '../ledger/conflicts.ts';
import { dropPending, pendingWindow } from '../ledger/pending.ts';
import { recordErrors, resolveErrors } from '../ledger/sync-errors.ts';
import type { FieldMapping } from '../sync/field-map.ts';
import { isPulled, isPushed } from '../sync/field-map.ts';
import type { ObjectSpec } from '../sync/objects.ts';
import { normalise, toSalesforce, type Value } from '../sync/value.ts';
import { asText, quote } from './columns.ts';
import type { Database, RecordCounts, Sql, Transaction } from './database.ts';
import { mergePeople } from './merge-people.ts';
import { goByIndex } from './plans.ts';
import type { StagedRow } from './staging.ts';

/** A person with local edits that are due. */
export interface PushCandidate {
  personId: string;
  sfdcId: string;
}

export interface PushWindow {
  candidates: PushCandidate[];
  /** Fields to read again from Salesforce right before the push, with Id and SystemModstamp (trap 28). */
  fields: string[];
  /** Give it as `after` for the next window; null when there is none. */
  next: string | null;
}

/** What one record has to get. */
export interface Push extends PushCandidate {
  /** The pending changes that this push covers. */
  pendingIds: string[];
  /** Id and the fields to write, in Salesforce's JSON. */
  record: Record<string, string | number | boolean | null>;
}

export interface PushResult extends PushCandidate {
  pendingIds: readonly string[];
  outcome: { ok: true } | { ok: false; code: string; message: string; fields?: readonly string[] };
}

/** SQL over person `p`: a record that edits can go to (C8, C10, C12). */
const PUSHABLE = `not p.sfdc_is_deleted and not p.sfdc_out_of_scope
  and not (p.sfdc_type = 'Lead' and coalesce(p.sfdc_is_converted, false))`;

/** SQL over person `p` of the object $1: not deleted, not out of scope, not a converted lead; and no open error, or due, or edited since (N3). */
export const DUE = `${PUSHABLE}
  and not exists (
    select from tandem.sync_error e
    where e.object = $1 and e.operation = 'push updates' and e.record = p.id::text
      and e.resolved_at is null and e.next_try > now()
      and not exists (select from tandem.pending_change c
        where c.person_id = p.id and c.at > e.last_tried))`;

const EDITED = 'and exists (select from tandem.pending_change c where c.person_id = p.id)';

/**
 * The next people of the object with due local edits, at most one per pending change in a window of
 * `limit`. Edits that were taken back (the value is at its base again) are dropped here, and those of columns
 * that belong to no field any more, as conflicts that they lost (N1). People whom somebody is just editing come
 * the next time.
 */
export async function takePush(
  db: Database,
  input: {
    spec: ObjectSpec;
    mappings: readonly FieldMapping[];
    after: string | null;
    /** This person alone, asked for by name: no open error holds it back (I1). */
    only?: string;
    limit: number;
  },
): Promise<PushWindow> {
  const moving = movingMappings(input.spec, input.mappings);
  const pushed = moving.filter(isPushed);
  if (pushed.length === 0) return { candidates: [], fields: [], next: null };
  return db.transaction(async (tx) => {
    await goByIndex(tx);
    const { personIds, next } = input.only
      ? { personIds: [input.only], next: null }
      : await pendingWindow(tx, input.after, input.limit);
    if (personIds.length === 0) return { candidates: [], fields: [], next };
    const { rows } = await tx.query<{ id: string; sfdc_id: string }>(
      `select p.id, p.sfdc_id from marketing.person p
       where p.id = any($2::uuid[]) and p.sfdc_type = $1 and ${input.only ? `${PUSHABLE} ${EDITED}` : DUE}
       order by p.sfdc_id for no key update of p ${input.only ? '' : 'skip locked'}`,
      [input.spec.name, personIds],
    );
    const ids = rows.map(({ id }) => id);
    await loseUnmapped(tx, input.spec.name, moving, ids);
    const { settled, edited } = await dropTakenBack(tx, moving, ids);
    await resolveErrors(tx, input.spec.name, 'push updates', [...settled]);
    const candidates = rows
      .filter(({ id }) => !settled.has(id))
      .map(({ id, sfdc_id }) => ({ personId: id, sfdcId: sfdc_id }));
    // An edit from when its column went both ways: what Salesforce has now is to stand.
    const pulled = moving.filter((one) => !isPushed(one) && edited.has(one.column));
    return { candidates, fields: retrieved([...pushed, ...pulled]), next };
  });
}

function movingMappings(spec: ObjectSpec, mappings: readonly FieldMapping[]): FieldMapping[] {
  return mappings.filter(
    (mapping) =>
      mapping.object === spec.name &&
      mapping.field !== 'Id' &&
      (isPushed(mapping) || isPulled(mapping)),
  );
}

function retrieved(mappings: readonly FieldMapping[]): string[] {
  return ['Id', 'SystemModstamp', ...mappings.map(({ field }) => field)];
}

/**
 * Edits of columns that have no field any more (hidden, renamed, of another type, switched off) can reach nobody:
 * each is kept as a conflict that it lost, what Salesforce holds being unknown (N1).
 */
async function loseUnmapped(
  tx: Transaction,
  object: string,
  moving: readonly FieldMapping[],
  personIds: readonly string[],
): Promise<void> {
  const columns = moving.map(({ column }) => column);
  const { rows } = await tx.query<{
    personId: string;
    sfdcId: string;
    column: string;
    field: string | null;
    base: string | null;
    marketing: string | null;
  }>(
    `select p.id as "personId", p.sfdc_id as "sfdcId", k.name as "column",
       (select f.field from tandem.field f where f.object = $3 and f.column_name = k.name
         order by f.gone_at desc nulls last limit 1) as field,
       (array_agg(k.value order by c.id))[1] as base, to_jsonb(p) ->> k.name as marketing
     from tandem.pending_change c join marketing.person p on p.id = c.person_id
     cross join lateral jsonb_each_text(c.old) k(name, value)
     where c.person_id = any($1::uuid[]) and k.name <> all($2::text[])
     group by p.id, k.name`,
    [[...personIds], columns, object],
  );
  if (rows.length === 0) return;
  const lost = rows.filter(({ base, marketing }) => (base || null) !== (marketing || null));
  await recordConflicts(
    tx,
    lost.map((one) => ({
      ...{ ...one, object, field: one.field ?? one.column },
      ...{ salesforce: null, winner: 'salesforce' as const },
    })),
  );
  await tx.query(
    `update tandem.pending_change c set old = (
       select coalesce(jsonb_object_agg(k.key, k.value), '{}') from jsonb_each(c.old) k
       where k.key = any($2::text[]))
     where c.person_id = any($1::uuid[])
       and exists (select from jsonb_object_keys(c.old) k where k <> all($2::text[]))`,
    [[...personIds], columns],
  );
}

/** Drops what needs no push; returns the people with nothing left, and the columns of the others' edits. */
async function dropTakenBack(
  tx: Transaction,
  moving: readonly FieldMapping[],
  personIds: readonly string[],
): Promise<{ settled: Set<string>; edited: Set<string> }> {
  const pairs = moving.map(
    ({ column, columnType }) => `${asText(columnType, `p.${quote(column)}`)}`,
  );
  const { rows } = await tx.query<{
    id: string;
    current: (string | null)[];
    edits: { id: string; old: Record<string, string | null> }[];
  }>(
    `select p.id, array[${pairs.join(', ')}]::text[] as current, e.edits
     from marketing.person p
     cross join lateral (
       select jsonb_agg(jsonb_build_object('id', c.id::text, 'old', c.old) order by c.id) as edits
       from tandem.pending_change c where c.person_id = p.id
     ) e
     where p.id = any($1::uuid[]) and e.edits is not null`,
    [[...personIds]],
  );
  const [settled, edited] = [new Set<string>(), new Set<string>()];
  const drop: string[] = [];
  for (const { id, current, edits } of rows) {
    const differs = moving.some(({ column, type }, index) => {
      const first = edits.find(({ old }) => column in old);
      return (
        first !== undefined &&
        normalise(type, first.old[column]) !== normalise(type, current[index])
      );
    });
    if (differs) {
      for (const column of edits.flatMap(({ old }) => Object.keys(old))) edited.add(column);
      continue;
    }
    settled.add(id);
    drop.push(...edits.map((edit) => edit.id));
  }
  await dropPending(tx, drop);
  return { settled, edited };
}

/**
 * Merges what Salesforce has right now with the people's local edits (trap 28, C3), and returns what
 * each record has to get. `rows` are as retrieved, in any order, null for a record that Salesforce
 * does not show. People with nothing left to push, or locked by somebody, are not returned.
 */
export async function preparePush(
  db: Database,
  input: {
    spec: ObjectSpec;
    mappings: readonly FieldMapping[];
    rows: readonly (StagedRow | null)[];
    /** The fields that were read, as takePush named them; absent: those that are pushed. */
    fields?: readonly string[];
  },
  record?: RecordCounts<{ conflicts: number }>,
): Promise<{ pushes: Push[]; conflicts: number }> {
  const pushed = movingMappings(input.spec, input.mappings).filter(
    (mapping) => isPushed(mapping) || input.fields?.includes(mapping.field),
  );
  // A field that is absent from a retrieved row is empty; unread, its edit would be lost.
  const rows = input.rows.flatMap((row) =>
    row === null
      ? []
      : [{ ...Object.fromEntries(pushed.map(({ field }) => [field, null])), ...row }],
  );
  return db.syncTransaction(async (tx) => {
    await goByIndex(tx);
    const { rows: locked } = await tx.query<{ sfdc_id: string }>(
      `select sfdc_id from marketing.person where sfdc_id = any($1)
       order by sfdc_id for no key update skip locked`,
      [rows.map((row) => String(row.Id))],
    );
    const held = new Set(locked.map(({ sfdc_id }) => sfdc_id));
    const merged = await mergePeople(
      tx,
      input.spec.name,
      pushed,
      rows.filter((row) => held.has(String(row.Id))),
    );
    const pushes = merged
      .filter(({ push }) => Object.keys(push).length > 0)
      .map(({ personId, sfdcId, pendingIds, push }) => ({
        personId,
        sfdcId,
        pendingIds,
        record: { Id: sfdcId, ...toRecord(pushed, push) },
      }));
    const conflicts = merged.reduce((sum, person) => sum + person.conflicts, 0);
    await record?.(tx, { conflicts });
    return { pushes, conflicts };
  });
}

/**
 * In the order of their accounts, so that rows which lock one account stand together and not side by
 * side in two batches of Salesforce (trap 22).
 */
export async function inParentOrder(sql: Sql, pushes: readonly Push[]): Promise<Push[]> {
  const { rows } = await sql.query<{ id: string }>(
    'select id from marketing.person where id = any($1::uuid[]) order by account, sfdc_id',
    [pushes.map(({ personId }) => personId)],
  );
  const place = new Map(rows.map(({ id }, index) => [id, index]));
  const at = ({ personId }: Push) => place.get(personId) ?? rows.length;
  return pushes.toSorted((one, other) => at(one) - at(other));
}

function toRecord(
  pushed: readonly FieldMapping[],
  values: Readonly<Record<string, Value>>,
): Push['record'] {
  const record: Push['record'] = {};
  for (const { field, column, type } of pushed) {
    const value = values[column];
    if (value !== undefined) record[field] = toSalesforce(type, value);
  }
  return record;
}

/**
 * Keeps what became of each record: success drops exactly the pending changes that the push
 * covered; failure keeps them, with a sync error and its next try (C7, N3). One transaction.
 */
export async function settlePush(
  db: Database,
  { object, results }: { object: string; results: readonly PushResult[] },
  record?: RecordCounts<{ updated: number; failed: number }>,
): Promise<{ updated: number; failed: number }> {
  return db.syncTransaction(async (tx) => {
    const done = results.filter(({ outcome }) => outcome.ok);
    await dropPending(
      tx,
      done.flatMap(({ pendingIds }) => [...pendingIds]),
    );
    await resolveErrors(
      tx,
      object,
      'push updates',
      done.map(({ personId }) => personId),
    );
    const failures = results.flatMap(({ personId, sfdcId, outcome }) =>
      outcome.ok
        ? []
        : [
            {
              record: personId,
              personId,
              sfdcId,
              code: outcome.code,
              message: outcome.message,
              fields: outcome.fields ?? [],
            },
          ],
    );
    await recordErrors(tx, object, 'push updates', failures);
    const counts = { updated: done.length, failed: failures.length };
    await record?.(tx, counts);
    return counts;
  });
}
