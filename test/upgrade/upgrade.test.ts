/**
 * What version 0.1.0 left in its databases goes on under the present code. The dumps are pg_dump's of
 * a pair that the code of commit 5337559 ran (people and accounts, createInSalesforce always), as plain
 * SQL with INSERTs, without passwords and keys, all times four years back. After the initial load and
 * four cycles they hold: a conflict; a refused edit with its error (lead 2); edits pending on both sides
 * (lead 3, contact 1); an edit not yet pulled (contact 2); a person not yet created; a lead that was
 * converted, and pulled so, with an edit pending (lead 4 to contact 3); one converted since, with an edit
 * pending (lead 6 to contact 4); a lead deleted since (lead 5).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pair, startPair } from '../activities/support.ts';
import { differences } from '../support/converge.ts';
import { restored } from './restore.ts';

let pair: Pair;
let before: Record<string, unknown>[];
const lead = (number: number) => `00QHp000000000${number}MAA`;
const contact = (number: number) => `003Hp000000000${number}IAA`;

beforeAll(async () => {
  const [org, marketing] = [await restored('org'), await restored('marketing')];
  pair = await startPair(
    { people: { createInSalesforce: 'always' } },
    { database: org },
    marketing,
  );
  before = await pair.sql('select * from marketing.person order by id');
}, 60_000);
afterAll(() => pair?.stop());

const person = async (sfdcId: string) =>
  (await pair.sql('select * from marketing.person where sfdc_id = $1', [sfdcId]))[0];

describe('databases of 0.1.0', () => {
  it('N6: are migrated without a change of any person', async () => {
    const after = await pair.sql('select * from marketing.person order by id');
    expect(after).toHaveLength(before.length);
    expect(before.length).toBeGreaterThan(10);
    expect(after).toEqual(before.map((row) => expect.objectContaining(row)));
  });

  it('A7, N1, N2: their pair goes on: new objects are filled in the background, and both sides agree', async () => {
    const { load, background } = await pair.run('prepareConnection', {});
    expect(load).toBe(false);
    expect(background).toEqual(expect.arrayContaining(['Campaign', 'Opportunity', 'Task']));
    await pair.cycle('upgraded-1');
    await pair.backfill();
    for (const number of [2, 3, 4]) {
      await pair.sql('update tandem.sync_error set next_try = null where resolved_at is null');
      await pair.cycle(`upgraded-${number}`);
    }
    expect(await differences(pair)).toEqual([]);
    expect(
      await pair.sql('select sfdc_id, code from tandem.sync_error where resolved_at is null'),
    ).toEqual([{ sfdc_id: lead(2), code: 'INVALID_EMAIL_ADDRESS' }]);
  });

  it('C3: edits that were pending on both sides are merged by the rules', async () => {
    expect(await pair.crm.read('Lead', lead(3), ['Title', 'Fax'])).toMatchObject({
      ...{ Title: 'Pending', Fax: 'here pending' },
    });
    expect(await pair.crm.read('Contact', contact(1), ['Title', 'Phone'])).toMatchObject({
      ...{ Title: 'Pending contact', Phone: '+1 there' },
    });
    expect(await person(contact(2))).toMatchObject({ job_title: 'Changed there' });
    const conflicts = await pair.sql(
      `select sfdc_id, winner from tandem.conflict
       where salesforce in ('there pending', '+1 there') order by winner`,
    );
    expect(conflicts).toEqual([
      { sfdc_id: lead(3), winner: 'marketing' },
      { sfdc_id: contact(1), winner: 'salesforce' },
    ]);
  });

  it('C8, N2: a lead deleted meanwhile is marked, and a person that waited is created once', async () => {
    expect(await person(lead(5))).toMatchObject({ sfdc_is_deleted: true });
    const made = await pair.crm.query(
      `SELECT Email FROM Lead WHERE Email LIKE '%@upgrade.example' ORDER BY Email`,
      { deletedToo: true },
    );
    expect(made.map(({ Email }) => Email)).toEqual([
      ...['late@upgrade.example', 'made@upgrade.example'],
    ]);
  });

  it.each([
    ['meanwhile', lead(6), contact(4), 'Converted, not yet pulled'],
    ['and pulled so before', lead(4), contact(3), 'Converted while pending'],
  ])(
    'C10: a lead converted %s becomes one person with its contact, and its pending edit follows',
    async (_, from, to, title) => {
      expect(await person(from)).toBeUndefined();
      expect(await person(to)).toMatchObject({ job_title: title });
      expect(await pair.crm.read('Contact', to, ['Title'])).toMatchObject({ Title: title });
    },
  );
});
