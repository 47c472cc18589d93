import { type FieldMapping, isPushed } from '../../sync/field-map.ts';
import { dueCreation } from '../create.ts';
import type { Sql } from '../database.ts';

/** The record of an error that concerns all programs alike (K3). */
export const ALL_PROGRAMS = '';

/** SQL: is the error of this record in its backoff (N3)? */
export const waits = (object: string, operation: string, record: string): string =>
  `exists (select from tandem.sync_error e
    where e.object = '${object}' and e.operation = '${operation}' and e.record = ${record}
      and e.resolved_at is null and e.next_try > now())`;

/** SQL over program `p`: asks for a link that is not made, or has lost its campaign; and its error is not in its backoff. */
export const LINK_DUE = `(
  p.linked_at is null and (p.create_campaign or p.salesforce_campaign_id is not null)
    and (p.link_error is null or not ${waits('Campaign', 'link programs', 'p.id::text')})
  or p.linked_at is not null and exists (
    select from marketing.salesforce_campaign c
    where c.sfdc_id = p.salesforce_campaign_id and c.sfdc_is_deleted))`;

/** SQL over member_change `c`, program `g` and person `p`: to be pushed now (C8, C12, E5, N3). */
export const MEMBER_DUE = `g.linked_at is not null
  and not p.sfdc_is_deleted and not p.sfdc_out_of_scope
  and not (p.sfdc_type = 'Lead' and coalesce(p.sfdc_is_converted, false))
  and not exists (
    select from tandem.sync_error e
    where e.object = 'CampaignMember' and e.record = c.program_id || '/' || c.person_id
      and e.operation in ('push new', 'push updates', 'push deletes')
      and e.resolved_at is null and e.next_try > now()
      and not exists (select from tandem.member_change later
        where later.program_id = c.program_id and later.person_id = c.person_id
          and later.at > e.last_tried))`;

/** The config's condition under which people become leads because they are members (E5); SQL over marketing.person. */
export const MEMBERS_UNKNOWN_THERE = `id in (
  select c.person_id from tandem.member_change c
  join marketing.program g on g.id = c.program_id and g.linked_at is not null
  join marketing.program_member m on m.program_id = c.program_id and m.person_id = c.person_id)`;

export interface ProgramWork {
  /** Is there something to do at once? */
  due: boolean;
  /** Is any program linked, so that what is pulled may concern one? */
  linked: boolean;
}

/** What the programs need, by a few looks at queues that are empty when nothing changed (M2). */
export async function programWork(
  sql: Sql,
  mappings: readonly FieldMapping[],
): Promise<ProgramWork> {
  const pushed = mappings.filter((mapping) => mapping.object === 'Lead' && isPushed(mapping));
  const { rows } = await sql.query<ProgramWork>(
    `select exists (select from marketing.program where linked_at is not null) as linked,
       exists (select from marketing.program p where ${LINK_DUE}) and not held.held
       or exists (
         select from tandem.member_due d
         join marketing.campaign_member m on m.sfdc_id = d.sfdc_id
         join marketing.person p on p.sfdc_id = coalesce(m.contact_id, m.lead_id))
       or exists (select from tandem.program_due d
         where not ${waits('Campaign', 'push updates', 'd.program_id::text')}) and not held.held
       or exists (
         select from tandem.member_change c
         join marketing.program g on g.id = c.program_id
         join marketing.person p on p.id = c.person_id
         where ${MEMBER_DUE} and (p.sfdc_id is not null
           or ${dueCreation(null, pushed)} and not ${waits('Lead', 'push new', "''")}
         )) and not held.held
       as due
     from (select ${waits('Campaign', 'link programs', `'${ALL_PROGRAMS}'`)} as held) held`,
    ['Lead'],
  );
  return rows[0]!;
}
