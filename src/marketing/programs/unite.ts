import type { Transaction } from '../database.ts';

/**
 * Memberships of people who become one (pg_temp.uniting of unite-people.ts) move to the one who stays, with
 * their changes not yet pushed; in a program that has both, the winner's stands (C9, C10). Where no merge in
 * Salesforce moves its members, those of a record that is gone are to be added there anew (I8, E3).
 */
export async function uniteMembers(tx: Transaction): Promise<void> {
  await tx.query(
    `delete from tandem.member_change c using pg_temp.uniting u
     where c.person_id = u.loser and exists (select from marketing.program_member w
       where w.program_id = c.program_id and w.person_id = u.winner)`,
  );
  await tx.query(
    `insert into tandem.member_change (program_id, person_id, old_status)
     select m.program_id, u.loser, null from pg_temp.uniting u
     join marketing.program_member m on m.person_id = u.loser and m.sfdc_id is not null
     join marketing.program p on p.id = m.program_id and p.linked_at is not null
     where u.kind = 'here' and not exists (select from marketing.program_member w
       where w.program_id = m.program_id and w.person_id = u.winner)`,
  );
  // The loser's that stay behind go with the loser; the winner's take the id that the winner gets.
  await tx.query(
    `update marketing.program_member m set person_id = u.winner,
       sfdc_id = case when u.kind = 'here' then null else m.sfdc_id end
     from pg_temp.uniting u
     where m.person_id = u.loser and not exists (select from marketing.program_member w
       where w.program_id = m.program_id and w.person_id = u.winner)`,
  );
  await tx.query(
    `update tandem.member_change c set person_id = u.keep from pg_temp.uniting u
     where c.person_id in (u.loser, u.winner) and c.person_id <> u.keep`,
  );
  await tx.query(
    `update tandem.sync_error e set resolved_at = clock_timestamp() from pg_temp.uniting u
     where e.object = 'CampaignMember' and e.person_id in (u.loser, u.winner)
       and e.resolved_at is null`,
  );
}
