/** Local edits of programs and their members, as triggers capture them. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completeLink } from '../../src/marketing/programs/links.ts';
import { fixtureForTests } from './fixture.ts';

const CAMPAIGN = '701000000000001AAA';
const { fixture } = fixtureForTests();
let user: pg.Client;
let people: string[];
let program: string;

beforeAll(async () => {
  user = new pg.Client(fixture.url);
  await user.connect();
  await user.query(`insert into marketing.channel values ('Webinar'), ('Other');
    insert into marketing.channel_status values ('Webinar', 'Invited', 1, false),
      ('Webinar', 'Attended', 2, true), ('Other', 'There', 1, true)`);
});
afterAll(async () => {
  await user?.end();
});
beforeEach(async () => {
  await user.query('delete from marketing.program; delete from marketing.person');
  await user.query('truncate tandem.member_change, tandem.program_due, tandem.member_due');
  const made = await user.query(
    `insert into marketing.person (last_name) select 'Member' from generate_series(1, 3) returning id`,
  );
  people = made.rows.map(({ id }) => id);
  const { rows } = await user.query(
    `insert into marketing.program (name, channel, salesforce_campaign_id)
     values ('Spring', 'Webinar', $1) returning id`,
    [CAMPAIGN],
  );
  program = rows[0].id;
});

const link = () =>
  completeLink(fixture.db, {
    ...{ programId: program, campaignId: CAMPAIGN, asked: CAMPAIGN },
    statuses: ['Invited', 'Attended'],
  });
const add = (person: string, client = user) =>
  client.query('insert into marketing.program_member (program_id, person_id) values ($1, $2)', [
    program,
    person,
  ]);
const changes = async () => {
  const { rows } = await user.query(
    'select person_id, old_status from tandem.member_change order by id',
  );
  return rows.map(({ person_id, old_status }) => [people.indexOf(person_id), old_status]);
};

describe('local changes of members (E3, N1)', () => {
  it('E3: are captured once the program is linked; members of before count as added', async () => {
    await add(people[0]!);
    expect(await changes()).toEqual([]);
    await link();
    expect(await changes()).toEqual([[0, null]]);
    await add(people[1]!);
    await user.query(
      `update marketing.program_member set status = 'Attended' where person_id = $1`,
      [people[0]],
    );
    await user.query('delete from marketing.program_member where person_id = $1', [people[0]]);
    expect(await changes()).toEqual([
      [0, null],
      [1, null],
      [0, 'Invited'],
      [0, 'Attended'],
    ]);
  });

  it('E7: an update to a lower step leaves its row as it is, and the others of the statement go on', async () => {
    await link();
    await add(people[0]!);
    await add(people[1]!);
    await user.query(
      `update marketing.program_member set status = 'Attended' where person_id = $1`,
      [people[0]],
    );
    await user.query('truncate tandem.member_change');
    await user.query(`update marketing.program_member set status = 'Invited'`);
    const { rows } = await user.query(
      'select status from marketing.program_member where person_id = $1',
      [people[0]],
    );
    expect(rows).toEqual([{ status: 'Attended' }]);
    expect(await changes()).toEqual([]);
  });

  it('N4: are not captured in the sync’s own transactions, nor when the person or program goes as a whole', async () => {
    await link();
    await fixture.db.syncTransaction((tx) =>
      tx.query(
        `insert into marketing.program_member (program_id, person_id, status)
         select $1, unnest($2::uuid[]), 'Sent by Salesforce'`,
        [program, people],
      ),
    );
    expect(await changes()).toEqual([]);
    await user.query('delete from marketing.person where id = $1', [people[0]]);
    await user.query('delete from marketing.program');
    expect(await changes()).toEqual([]);
  });

  it('N1: one that is being made while the link is made is either seen by it or captured', async () => {
    const other = new pg.Client(fixture.url);
    await other.connect();
    try {
      await other.query('begin');
      await add(people[0]!, other);
      const linked = link();
      await untilSomebodyWaits();
      await other.query('commit');
      expect(await linked).toBe(true);
      expect(await changes()).toEqual([[0, null]]);
      await user.query('truncate tandem.member_change');

      await user.query('update marketing.program set salesforce_campaign_id = null');
      await user.query('update marketing.program set salesforce_campaign_id = $1', [CAMPAIGN]);
      await other.query(`begin; set local tandem.origin = 'sync'`);
      await other.query('select from marketing.program for update');
      await other.query('update marketing.program set linked_at = now()');
      const added = add(people[1]!);
      await untilSomebodyWaits();
      await other.query('commit');
      await added;
      expect(await changes()).toEqual([[1, null]]);
    } finally {
      await other.end();
    }
  });

  it('N1: cannot be truncated away', async () => {
    await expect(user.query('truncate marketing.program_member')).rejects.toThrow(
      'cannot be truncated',
    );
  });
});

describe('local changes of programs (E1, E2)', () => {
  it('E1: another campaign, or none, ends the link and what waits for it', async () => {
    await link();
    await add(people[0]!);
    await user.query('update marketing.program set salesforce_campaign_id = null');
    const { rows } = await user.query('select linked_at, create_campaign from marketing.program');
    expect(rows).toEqual([{ linked_at: null, create_campaign: false }]);
    expect(await changes()).toEqual([]);
  });

  it('E2: what changes of channel, costs and statuses of a linked program is due', async () => {
    await link();
    await user.query('truncate tandem.program_due');
    const due = async () => {
      const { rows } = await user.query('select distinct what from tandem.program_due order by 1');
      await user.query('truncate tandem.program_due');
      return rows.map(({ what }) => what);
    };
    await user.query(
      `insert into marketing.program_cost (program_id, period, amount) values ($1, '2026-01-01', 5)`,
      [program],
    );
    expect(await due()).toEqual(['cost']);
    await user.query('update marketing.program_cost set amount = 6');
    expect(await due()).toEqual(['cost']);
    await user.query('delete from marketing.program_cost');
    expect(await due()).toEqual(['cost']);
    await user.query(`update marketing.program set channel = 'Other'`);
    expect(await due()).toEqual(['channel', 'statuses']);
    await user.query(`update marketing.channel_status set step = 9 where name = 'There'`);
    expect(await due()).toEqual(['statuses']);
    await user.query(`update marketing.program set name = 'Autumn'`);
    expect(await due()).toEqual([]);
  });
});

/** Until a session of this database waits for a lock. */
async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await fixture.db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
  }
}
