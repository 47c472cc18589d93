import { expect, it } from 'vitest';
import { systemForTests } from '../support/system-for-tests.ts';

const system = systemForTests({ people: 60 });

it('E1, E2, E3, E5: a program and its new campaign, over answers that are lost, and edits on both sides', async () => {
  const { crm, sql } = system;
  const program = async () =>
    (await sql<Record<string, string>>('select * from marketing.program'))[0]!;
  const membersHere = async () => {
    const rows = await sql<{ sfdc_id: string; status: string }>(
      `select p.sfdc_id, m.status from marketing.program_member m
       join marketing.person p on p.id = m.person_id`,
    );
    return Object.fromEntries(rows.map(({ sfdc_id, status }) => [sfdc_id, status]));
  };
  const membersThere = async () => {
    const rows = await crm.query(
      `SELECT Id, LeadId, ContactId, Status FROM CampaignMember WHERE Campaign.Name = 'Open day'`,
    );
    return rows.map(({ Id, LeadId, ContactId, Status }) => ({
      ...{ id: Id!, person: (ContactId ?? LeadId)!, status: Status! },
    }));
  };
  const agreed = async () => {
    const there = await membersThere();
    const here = await membersHere();
    expect(here).toEqual(Object.fromEntries(there.map(({ person, status }) => [person, status])));
    expect(there).toHaveLength(Object.keys(here).length);
    return here;
  };

  // A marketer makes a program with five people, one of whom Salesforce has never heard of.
  await system.control('POST', 'faults', {
    ...{ kind: 'drop-after', path: 'composite/sobjects$', times: 2 },
  });
  await sql(`
    insert into marketing.channel values ('Open house');
    insert into marketing.channel_status values ('Open house', 'Invited', 1, false),
      ('Open house', 'Registered', 2, false), ('Open house', 'Attended', 3, true);
    insert into marketing.program (name, channel, create_campaign)
      values ('Open day', 'Open house', true);
    insert into marketing.program_cost (program_id, period, amount)
      select id, date '2026-05-01', 120 from marketing.program union all
      select id, date '2026-06-01', 80.5 from marketing.program;
    insert into marketing.person (last_name, company) values ('Newcomer', 'Nowhere');
    insert into marketing.program_member (program_id, person_id)
      select g.id, p.id from marketing.program g, (
        (select id from marketing.person where sfdc_type = 'Lead' and not sfdc_is_converted order by sfdc_id limit 2)
        union all (select id from marketing.person where sfdc_type = 'Contact' order by sfdc_id limit 2)
        union all select id from marketing.person where last_name = 'Newcomer') p`);
  await system.synced();
  const faults = await system.control('GET', 'faults');
  expect(faults[0].fired).toBe(2);
  await system.control('DELETE', 'faults');
  await system.synced();
  expect(await program()).toMatchObject({ link_error: null, create_campaign: false });
  expect(
    await crm.query(`SELECT Id, Type, ActualCost FROM Campaign WHERE Name = 'Open day'`),
  ).toMatchObject([
    { Id: (await program()).salesforce_campaign_id, Type: 'Open house', ActualCost: '200.5' },
  ]);
  expect(Object.values(await agreed())).toEqual(Array(5).fill('Invited'));
  expect(await crm.query(`SELECT Id FROM Lead WHERE LastName = 'Newcomer'`)).toHaveLength(1);

  // A colleague and the marketer go on, at the same time.
  const [attends, leaves, goes, ...rest] = await membersThere();
  await crm.update('CampaignMember', attends!.id, { Status: 'Attended' });
  await crm.delete('CampaignMember', leaves!.id);
  await sql(
    `update marketing.program_member m set status = 'Registered' from marketing.person p
     where p.id = m.person_id and p.sfdc_id = any($1)`,
    [rest.map(({ person }) => person)],
  );
  await sql(
    `delete from marketing.program_member m using marketing.person p
     where p.id = m.person_id and p.sfdc_id = $1`,
    [goes!.person],
  );
  await system.synced();
  await system.synced();
  expect(await agreed()).toEqual({
    [attends!.person]: 'Attended',
    ...Object.fromEntries(rest.map(({ person }) => [person, 'Registered'])),
  });

  // What was done shows in the cycles, and nothing is open.
  const steps = await sql<{ object: string; operation: string }>(
    `select distinct object, operation from tandem.cycle_step where status = 'done'
       and (object like 'Campaign%') and operation <> 'pull updates' order by 1, 2`,
  );
  expect(steps).toEqual(
    expect.arrayContaining([
      { object: 'Campaign', operation: 'link programs' },
      { object: 'CampaignMember', operation: 'push new' },
      { object: 'CampaignMember', operation: 'push updates' },
      { object: 'CampaignMember', operation: 'push deletes' },
    ]),
  );
  expect(await sql('select object, code from tandem.sync_error where resolved_at is null')).toEqual(
    [],
  );
  expect(await sql('select 1 from tandem.member_change')).toEqual([]);

  // A quiet pair makes no further step for programs (M2, N4).
  const before = await system.control('GET', 'calls');
  await system.synced();
  const after = await system.control('GET', 'calls');
  expect(after.total - before.total).toBeLessThanOrEqual(4);
});
