import { recordErrors, resolveErrors } from '../../ledger/sync-errors.ts';
import type { ChannelStatus } from '../../sync/program-status.ts';
import type { Database, Sql, Transaction } from '../database.ts';
import { ALL_PROGRAMS, LINK_DUE } from './due.ts';

/** A program that asks for a link. */
export interface WantedLink {
  programId: string;
  name: string;
  channel: string;
  /** By step. */
  statuses: ChannelStatus[];
  /** The campaign to link to; null when one is to be made. */
  campaignId: string | null;
  /** The campaign was made for the program: its statuses may be changed. */
  made: boolean;
  /** A try to make it whose outcome is not known: since when, in Salesforce's time, and when it was made last. */
  tried: { name: string; since: Date; at: Date } | null;
}

export const STATUSES = `(
  select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'step', s.step, 'success', s.success)
    order by s.step, s.name), '[]')
  from marketing.channel_status s where s.channel = p.channel)`;

/** Programs whose link is due, in the order in which they were made. */
export async function wantedLinks(sql: Sql): Promise<WantedLink[]> {
  const { rows } = await sql.query<WantedLink>(
    `select p.id as "programId", p.name, p.channel, ${STATUSES} as statuses,
       p.salesforce_campaign_id as "campaignId", c.sfdc_id is not null as made,
       case when c.program_id is not null and c.sfdc_id is null then jsonb_build_object(
         'name', c.name, 'since', c.since, 'at', c.tried_at) end as tried
     from marketing.program p left join tandem.campaign_creation c on c.program_id = p.id
     where p.linked_at is null and ${LINK_DUE} order by p.created_at, p.id`,
  );
  return rows.map((row) => ({
    ...row,
    tried: row.tried && {
      ...row.tried,
      since: new Date(row.tried.since),
      at: new Date(row.tried.at),
    },
  }));
}

/** Ends the links whose campaign is deleted in Salesforce: members stay as they are, on this side. Returns how many. */
export async function endLostLinks(db: Database): Promise<number> {
  return db.syncTransaction(async (tx) => {
    const { rows } = await tx.query<{ id: string; campaign: string }>(
      `update marketing.program p set linked_at = null, link_error = $1
       from marketing.salesforce_campaign c
       where c.sfdc_id = p.salesforce_campaign_id and c.sfdc_is_deleted and p.linked_at is not null
       returning p.id, c.sfdc_id as campaign`,
      [CAMPAIGN_DELETED],
    );
    for (const { id, campaign } of rows) {
      await recordRefusal(tx, id, campaign, 'ENTITY_IS_DELETED', CAMPAIGN_DELETED);
    }
    return rows.length;
  });
}

const CAMPAIGN_DELETED =
  'The campaign is deleted in Salesforce. The program keeps its members and is linked to nothing. Restore the campaign there, or set another salesforce_campaign_id.';

/** Keeps why a link is refused: in the program's row, and as a sync error with its next try (E4, N3). */
export async function refuseLink(
  db: Database,
  { programId, campaignId }: Pick<WantedLink, 'programId' | 'campaignId'>,
  { code, message }: { code: string; message: string },
): Promise<void> {
  await db.syncTransaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update marketing.program set link_error = $3
       where id = $1 and linked_at is null and salesforce_campaign_id is not distinct from $2`,
      [programId, campaignId, message],
    );
    if (rowCount > 0) await recordRefusal(tx, programId, campaignId, code, message);
  });
}

async function recordRefusal(
  tx: Transaction,
  programId: string,
  sfdcId: string | null,
  code: string,
  message: string,
): Promise<void> {
  await recordErrors(tx, 'Campaign', 'link programs', [
    { record: programId, personId: null, sfdcId, code, message, fields: [] },
  ]);
}

/** What stops all programs alike (E6); null when nothing does. */
export async function keepObstacle(
  db: Database,
  obstacle: { code: string; message: string } | null,
): Promise<void> {
  if (obstacle === null) {
    await resolveErrors(db, 'Campaign', 'link programs', [ALL_PROGRAMS]);
    return;
  }
  await recordErrors(db, 'Campaign', 'link programs', [
    { record: ALL_PROGRAMS, personId: null, sfdcId: null, ...obstacle, fields: [] },
  ]);
}

/** The program that has this campaign already, of another one; links are one-to-one (E1). */
export async function otherProgramOf(
  sql: Sql,
  campaignId: string,
  programId: string,
): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    'select id from marketing.program where salesforce_campaign_id = $1 and id <> $2',
    [campaignId, programId],
  );
  return rows[0]?.id ?? null;
}

/**
 * Makes the link: from here on members are kept the same (E1, E3). Those that are here already count as
 * added when they reached their status, those of the campaign are pulled. The row is held against edits of
 * members, so that each of them is among these or captured (N1). False when the user asked for another
 * link meanwhile, or the channel's statuses are no longer those that were compared (E4).
 */
export async function completeLink(
  db: Database,
  {
    programId,
    campaignId,
    asked,
    statuses,
  }: { programId: string; campaignId: string; asked: string; statuses: readonly string[] },
): Promise<boolean> {
  return db.syncTransaction(async (tx) => {
    const { rows } = await tx.query(
      `select from marketing.program p
       where id = $1 and linked_at is null and salesforce_campaign_id = $2
         and array(select s.name from marketing.channel_status s where s.channel = p.channel
           order by s.name) = array(select unnest($3::text[]) order by 1)
       for update of p`,
      [programId, asked, [...statuses]],
    );
    if (rows.length === 0) return false;
    await tx.query(
      `update marketing.program set salesforce_campaign_id = $2, linked_at = now(),
         link_error = null, create_campaign = false where id = $1`,
      [programId, campaignId],
    );
    await tx.query('delete from tandem.campaign_creation where program_id = $1', [programId]);
    await tx.query('delete from tandem.member_change where program_id = $1', [programId]);
    await tx.query(
      `update marketing.program_member set sfdc_id = null
       where program_id = $1 and sfdc_id is not null`,
      [programId],
    );
    await tx.query(
      `insert into tandem.member_change (program_id, person_id, old_status, at)
       select program_id, person_id, null, reached_at from marketing.program_member
       where program_id = $1`,
      [programId],
    );
    await tx.query(
      `insert into tandem.member_due (sfdc_id)
       select sfdc_id from marketing.campaign_member
       where campaign_id = $1 and not sfdc_is_deleted`,
      [campaignId],
    );
    await tx.query(
      `insert into tandem.program_due (program_id, what)
       select $1::uuid, 'channel' union all
       select $1, 'cost' where exists (select from marketing.program_cost where program_id = $1)`,
      [programId],
    );
    await resolveErrors(tx, 'Campaign', 'link programs', [programId]);
    return true;
  });
}

/** Before the first try to make the campaign: by these it is found again (N2). */
export async function keepCreation(
  db: Database,
  { programId, name, since }: { programId: string; name: string; since: Date },
): Promise<void> {
  await db.query(
    `insert into tandem.campaign_creation as c (program_id, name, since) values ($1, $2, $3)
     on conflict (program_id) do update set tried_at = clock_timestamp()`,
    [programId, name, since],
  );
}

/** Salesforce refused to make it: there is nothing to find. */
export async function dropCreation(sql: Sql, programId: string): Promise<void> {
  await sql.query('delete from tandem.campaign_creation where program_id = $1', [programId]);
}

/** The campaign is there. False when the user took the request back meanwhile: it stays there, linked to nothing. */
export async function keepMade(
  db: Database,
  programId: string,
  campaignId: string,
): Promise<boolean> {
  return db.syncTransaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update marketing.program set salesforce_campaign_id = $2
       where id = $1 and salesforce_campaign_id is null and create_campaign`,
      [programId, campaignId],
    );
    if (rowCount === 0) await dropCreation(tx, programId);
    else {
      await tx.query('update tandem.campaign_creation set sfdc_id = $2 where program_id = $1', [
        programId,
        campaignId,
      ]);
    }
    return rowCount > 0;
  });
}
