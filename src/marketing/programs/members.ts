import { type ConflictEntry, recordConflicts } from '../../ledger/conflicts.ts';
import { type RecordError, recordErrors } from '../../ledger/sync-errors.ts';
import type { MemberDecision, Membership, MemberWrite } from '../../sync/program-member.ts';
import type { ChannelStatus } from '../../sync/program-status.ts';
import type { Database, RecordCounts, Sql, Transaction } from '../database.ts';
import { goByIndex } from '../plans.ts';
import { MEMBER_DUE } from './due.ts';

/** A member with local changes that are due (E3). */
export interface MemberChange {
  programId: string;
  personId: string;
  campaignId: string;
  /** The lead or contact; null for someone removed before Salesforce ever knew of them. */
  personSfdcId: string | null;
  /** The campaign member, where one was known. */
  sfdcId: string | null;
  /** The status here, null when removed. */
  marketing: Membership;
  /** The statuses before each change, oldest first, and the changes that they stand in. */
  olds: Membership[];
  changeIds: string[];
  /** Of the last change, ISO 8601. */
  at: string;
}

/** The steps of each program's channel. */
export async function programStatuses(
  sql: Sql,
  programIds: readonly string[],
): Promise<Map<string, ChannelStatus[]>> {
  const { rows } = await sql.query<ChannelStatus & { id: string }>(
    `select p.id, s.name, s.step, s.success from marketing.program p
     join marketing.channel_status s on s.channel = p.channel
     where p.id = any($1::uuid[])`,
    [[...programIds]],
  );
  return Map.groupBy(rows, ({ id }) => id);
}

/** The steps of the channel whose program is linked to the campaign; none when none is. */
export async function campaignSteps(sql: Sql, campaignId: string): Promise<ChannelStatus[]> {
  const { rows } = await sql.query<ChannelStatus>(
    `select s.name, s.step, s.success from marketing.program p
     join marketing.channel_status s on s.channel = p.channel
     where p.salesforce_campaign_id = $1 and p.linked_at is not null`,
    [campaignId],
  );
  return rows;
}

/** The next members after the given one, in the order of their keys; people not yet in Salesforce are left out. */
export async function takeMembers(
  db: Database,
  { after, limit }: { after: MemberChange | null; limit: number },
): Promise<MemberChange[]> {
  return db.transaction(async (tx) => {
    await goByIndex(tx);
    const { rows } = await tx.query<MemberChange>(
      `select d.program_id as "programId", d.person_id as "personId",
         d.campaign as "campaignId", d.person_sfdc_id as "personSfdcId", m.sfdc_id as "sfdcId",
         m.status as marketing, e.olds, e.ids as "changeIds", to_jsonb(e.at) #>> '{}' as at
       from (
         select distinct c.program_id, c.person_id, g.salesforce_campaign_id as campaign,
           p.sfdc_id as person_sfdc_id
         from tandem.member_change c
         join marketing.program g on g.id = c.program_id
         join marketing.person p on p.id = c.person_id
         where ${MEMBER_DUE}
           and ($1::uuid is null or (c.program_id, c.person_id) > ($1::uuid, $2::uuid))
           and (p.sfdc_id is not null or not exists (select from marketing.program_member m
             where m.program_id = c.program_id and m.person_id = c.person_id))
         order by c.program_id, c.person_id limit $3
       ) d
       left join marketing.program_member m
         on m.program_id = d.program_id and m.person_id = d.person_id
       cross join lateral (
         select jsonb_agg(c.old_status order by c.id) as olds,
           array_agg(c.id::text order by c.id) as ids, max(c.at) as at
         from tandem.member_change c
         where c.program_id = d.program_id and c.person_id = d.person_id
       ) e
       order by d.program_id, d.person_id`,
      [after?.programId ?? null, after?.personId ?? null, limit],
    );
    return rows;
  });
}

/** Those whose rows no other session holds; the others come with the next cycle (N3). */
export async function withoutHeld(
  sql: Sql,
  members: readonly MemberChange[],
): Promise<MemberChange[]> {
  const { rows } = await sql.query<{ record: string }>(
    `select m.program_id || '/' || m.person_id as record from marketing.program_member m
     where (m.program_id, m.person_id) in (
       select t."programId", t."personId"
       from jsonb_to_recordset($1) as t("programId" uuid, "personId" uuid))
     for update skip locked`,
    [JSON.stringify(members.map(({ programId, personId }) => ({ programId, personId })))],
  );
  const free = new Set(rows.map(({ record }) => record));
  return members.filter((one) => one.marketing === null || free.has(memberRecord(one)));
}

export interface DecidedMember extends MemberChange {
  decision: MemberDecision;
}

/**
 * Keeps conflicts before anything is written (C3), each once: the oldest change gets Salesforce's value as
 * its base, so that a push that is tried again meets none.
 */
export async function keepConflicts(
  db: Database,
  decided: readonly (DecidedMember & { live: string | null })[],
  record: RecordCounts<{ conflicts: number }>,
): Promise<void> {
  const conflicts = decided.flatMap((member): (ConflictEntry & { first: string })[] => {
    const { conflict } = member.decision;
    if (conflict === null) return [];
    return [
      {
        ...{ object: 'CampaignMember', field: 'Status', column: 'status' },
        ...{ personId: member.personId, sfdcId: member.live ?? member.sfdcId ?? '' },
        ...conflict,
        first: member.changeIds[0]!,
      },
    ];
  });
  if (conflicts.length === 0) return;
  await db.syncTransaction(async (tx) => {
    await recordConflicts(tx, conflicts);
    await tx.query(
      `update tandem.member_change c set old_status = t.salesforce
       from jsonb_to_recordset($1) as t(first bigint, salesforce text) where c.id = t.first`,
      [JSON.stringify(conflicts.map(({ first, salesforce }) => ({ first, salesforce })))],
    );
    await record(tx, { conflicts: conflicts.length });
  });
}

export interface MemberResult extends DecidedMember {
  /** `id`: the campaign member's in the end; null when there is none. */
  outcome:
    | { ok: true; id: string | null }
    | { ok: false; code: string; message: string; fields: readonly string[] };
}

const OPERATIONS = {
  none: 'push updates',
  add: 'push new',
  change: 'push updates',
  remove: 'push deletes',
} as const satisfies Record<MemberWrite, string>;

const memberRecord = ({
  programId,
  personId,
}: Pick<MemberChange, 'programId' | 'personId'>): string => `${programId}/${personId}`;

/**
 * Keeps what became of each member: done, exactly the changes that were read are dropped, the member here
 * gets the status that stands, and its person's log tells; refused, they stay, with a sync error and its
 * next try (E3, N3). A member that was changed again meanwhile keeps that change (N1).
 */
export async function settleMembers(
  db: Database,
  results: readonly MemberResult[],
): Promise<{ failed: Record<'push new' | 'push updates' | 'push deletes', number> }> {
  const failed = { 'push new': 0, 'push updates': 0, 'push deletes': 0 };
  if (results.length === 0) return { failed };
  await db.syncTransaction(async (tx) => {
    await goByIndex(tx);
    for (const operation of Object.keys(failed) as (keyof typeof failed)[]) {
      const errors = results.flatMap((result): RecordError[] => {
        if (result.outcome.ok || OPERATIONS[result.decision.write] !== operation) return [];
        const { code, message, fields } = result.outcome;
        const { personId, sfdcId } = result;
        return [{ record: memberRecord(result), personId, sfdcId, code, message, fields }];
      });
      failed[operation] = errors.length;
      await recordErrors(tx, 'CampaignMember', operation, errors);
    }
    await settleDone(
      tx,
      results.flatMap((result) =>
        result.outcome.ok ? [{ ...result, id: result.outcome.id }] : [],
      ),
    );
  });
  return { failed };
}

async function settleDone(
  tx: Transaction,
  done: readonly (DecidedMember & { id: string | null })[],
): Promise<void> {
  if (done.length === 0) return;
  const rows = JSON.stringify(
    done.map(({ decision, programId, personId, campaignId, marketing, sfdcId, id, olds }) => ({
      ...{ program_id: programId, person_id: personId, campaign: campaignId },
      ...{ read: marketing, status: decision.status, sfdc_id: id },
      kind: kindOf(decision.write, marketing, decision.status, sfdcId, olds[0] ?? null),
      old: marketing === decision.status ? olds[0] : marketing,
    })),
  );
  const settled = `jsonb_to_recordset($1) as t(program_id uuid, person_id uuid, campaign text,
    read text, status text, sfdc_id text, kind text, old text)`;
  await tx.query('delete from tandem.member_change where id = any($1::bigint[])', [
    done.flatMap(({ changeIds }) => changeIds),
  ]);
  // Changed here meanwhile: that change is pending, with what was read as its base.
  await tx.query(
    `select from marketing.program_member m
     where (m.program_id, m.person_id) in (select t.program_id, t.person_id from ${settled})
     order by m.program_id, m.person_id for update of m`,
    [rows],
  );
  const untouched = `not exists (select from tandem.member_change c
    where c.program_id = t.program_id and c.person_id = t.person_id)`;
  await tx.query(
    `delete from marketing.program_member m using ${settled}
     where t.status is null and t.read is not null and m.program_id = t.program_id
       and m.person_id = t.person_id and ${untouched}`,
    [rows],
  );
  await tx.query(
    `update marketing.program_member m set sfdc_id = t.sfdc_id,
       status = case when ${untouched} then t.status else m.status end,
       reached_at = case when ${untouched} and m.status <> t.status then now() else m.reached_at end
     from ${settled}
     where t.status is not null and m.program_id = t.program_id and m.person_id = t.person_id
       and (m.sfdc_id is distinct from t.sfdc_id or m.status <> t.status and ${untouched})`,
    [rows],
  );
  await tx.query(
    `insert into marketing.program_member (program_id, person_id, status, sfdc_id)
     select t.program_id, t.person_id, t.status, t.sfdc_id from ${settled}
     where t.status is not null and t.read is null and ${untouched}
     on conflict (program_id, person_id) do nothing`,
    [rows],
  );
  await tx.query(
    `insert into marketing.activity (person_id, kind, attributes)
     select t.person_id, t.kind, jsonb_strip_nulls(jsonb_build_object('program', t.program_id,
       'campaign', t.campaign, 'status', coalesce(t.status, t.old),
       'old', case when t.kind like 'Changed%' then t.old end))
     from ${settled} where t.kind is not null`,
    [rows],
  );
  await tx.query(
    `update tandem.sync_error set resolved_at = clock_timestamp()
     where object = 'CampaignMember' and operation like 'push %' and record = any($1)
       and resolved_at is null`,
    [done.map(memberRecord)],
  );
}

/**
 * People whose record is another one from now on: their campaign members went with the one before, so
 * wherever they are members of a linked program they are to be added there (C8, E3, I8).
 */
export async function addMembersAnew(tx: Transaction, personIds: readonly string[]): Promise<void> {
  await tx.query(
    `with held as materialized (
       select p.id from marketing.program p
       where p.linked_at is not null and exists (select from marketing.program_member m
         where m.program_id = p.id and m.person_id = any($1::uuid[]))
       order by p.id for key share
     ), anew as (
       update marketing.program_member m set sfdc_id = null from held
       where m.program_id = held.id and m.person_id = any($1::uuid[])
       returning m.program_id, m.person_id
     )
     insert into tandem.member_change (program_id, person_id, old_status)
     select program_id, person_id, null from anew`,
    [[...personIds]],
  );
}

/** What the person's log tells; null for nothing. */
function kindOf(
  write: MemberWrite,
  marketing: Membership,
  status: Membership,
  known: string | null,
  before: Membership,
): string | null {
  if (write === 'add') return ADDED;
  if (write === 'remove') return REMOVED;
  if (write === 'change') return CHANGED;
  if (marketing !== status) {
    if (marketing === null) return ADDED;
    return status === null ? REMOVED : CHANGED;
  }
  // An earlier try did it, and its answer was lost; or both sides had it so before the link.
  if (status === null) return before === null ? null : REMOVED;
  if (known === null) return ADDED;
  return before === null || before === status ? null : CHANGED;
}

const ADDED = 'Added to Salesforce Campaign';
const CHANGED = 'Changed Status in Salesforce Campaign';
const REMOVED = 'Removed from Salesforce Campaign';
