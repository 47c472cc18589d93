import { beforeEach, describe, expect, it } from 'vitest';
import { pinOrg } from '../../src/ledger/connection.ts';
import { tryAgain } from '../../src/ledger/sync-errors.ts';
import { writeStaged } from '../../src/marketing/apply.ts';
import { checkCondition, settleCreates, takeCreates } from '../../src/marketing/create.ts';
import { settleDeletes, takeDeletes } from '../../src/marketing/deletions.ts';
import { preparePush, settlePush, takePush } from '../../src/marketing/push.ts';
import { leaveScope } from '../../src/marketing/scope.ts';
import { stageRows } from '../../src/marketing/staging.ts';
import { CONTACT, EXTERNAL_ID, fixtureForTests, LEAD, row, sfdcId, T2 } from './fixture.ts';

const { fixture, db } = fixtureForTests();
const DEFAULTS = { lastName: '[unknown]', company: '[none]' };
const identity = { name: 'default', orgId: '00D000000000001AAA', userId: '005000000000001AAA' };

beforeEach(async () => {
  await db.syncTransaction((tx) =>
    tx.query(`truncate marketing.person, marketing.activity, tandem.pending_change, tandem.conflict,
      tandem.sync_error, tandem.creation, tandem.person_deletion, tandem.watermark cascade`),
  );
  await pinOrg(db, { ...identity, onDelete: 'keep' });
});

type Values = ReturnType<typeof row>;

async function pull(...rows: Values[]) {
  const spec = String(rows[0]!.Id).startsWith('003') ? CONTACT : LEAD;
  await stageRows(db, spec.name, Object.keys(rows[0]!), rows);
  return writeStaged(db, {
    spec,
    mappings: fixture.mappings,
    externalIdField: EXTERNAL_ID,
    serverTime: new Date(T2),
  });
}

async function take(spec = LEAD) {
  const input = { spec, mappings: fixture.mappings, after: null, limit: 100 };
  return (await takePush(db, input)).candidates.map(({ sfdcId: id }) => id);
}

async function push(rows: Values[], refuse: Record<string, string> = {}, spec = LEAD) {
  await take(spec);
  const { pushes, conflicts } = await preparePush(db, { spec, mappings: fixture.mappings, rows });
  const results = pushes.map((one) => {
    const code = refuse[one.sfdcId];
    const outcome = code
      ? { ok: false as const, code, message: 'no', fields: ['Phone'] }
      : { ok: true as const };
    return { ...one, outcome };
  });
  await settlePush(db, { object: spec.name, results });
  return { records: pushes.map(({ record }) => record), conflicts };
}

const n = async (table: string) =>
  (await db.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]!.n;

describe('pushing edits', () => {
  it('C3: only edited fields travel, in Salesforce’s own forms', async () => {
    const now = row(LEAD, 1, { Phone: '1', Level__c: 1, HasOptedOutOfEmail: true });
    await pull(now);
    await db.query(
      `update marketing.person set phone = ' ', level__c = 2.50, unsubscribed = null, seen__c = '2026-01-02 03:04:05+02'`,
    );
    const { records } = await push([now]);
    expect(records).toEqual([
      {
        Id: sfdcId(LEAD, 1),
        Phone: null,
        Level__c: 2.5,
        HasOptedOutOfEmail: false,
        Seen__c: '2026-01-02T01:04:05.000Z',
      },
    ]);
    expect(await n('tandem.pending_change')).toBe(0);
    expect(await take()).toEqual([]);
  });

  it('N4: an edit that was taken back is dropped and not pushed', async () => {
    await pull(row(LEAD, 1, { Phone: '1' }));
    await db.query(`update marketing.person set phone = '2'`);
    await db.query(`update marketing.person set phone = '1 '`);
    expect(await take()).toEqual([]);
    expect(await n('tandem.pending_change')).toBe(0);
  });

  it('trap 28: what somebody changed in Salesforce since the pull is merged, not overwritten', async () => {
    await pull(row(CONTACT, 1, { Phone: '1', LastName: 'A', Email: 'a@x.example' }));
    await db.query(`update marketing.person set phone = '2', last_name = 'B'`);
    const now = row(CONTACT, 1, { Phone: '9', LastName: 'A', Email: 'z@x.example' });
    const { records, conflicts } = await push([now], {}, CONTACT);
    expect(records).toEqual([{ Id: sfdcId(CONTACT, 1), LastName: 'B' }]);
    expect(conflicts).toBe(1);
    const { rows } = await db.query('select phone, last_name, email from marketing.person');
    // The pull that follows brings what was not edited here.
    expect(rows).toEqual([{ phone: '9', last_name: 'B', email: 'z@x.example' }]);
  });

  it('C7, N3: a refused record is an error in its log once, stays pending, and waits for its next try', async () => {
    const rows = [row(LEAD, 1, { Phone: '1' }), row(LEAD, 2, { Phone: '1' })];
    await pull(...rows);
    await db.query(`update marketing.person set phone = '2'`);
    await push(rows, { [sfdcId(LEAD, 1)]: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' });
    expect(await n('tandem.pending_change')).toBe(1);
    expect(await take()).toEqual([]);
    const error = async () =>
      (
        await db.query(`select code, tries, next_try > now() + interval '1 minute' as later, fields,
        resolved_at is null as open, sfdc_id from tandem.sync_error`)
      ).rows;
    expect(await error()).toEqual([
      {
        code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        tries: 1,
        later: true,
        fields: ['Phone'],
        open: true,
        sfdc_id: sfdcId(LEAD, 1),
      },
    ]);
    expect(await tryAgain(db, null)).toBe(1);
    expect(await take()).toEqual([sfdcId(LEAD, 1)]);
    await push(rows, { [sfdcId(LEAD, 1)]: 'UNABLE_TO_LOCK_ROW' });
    expect(await error()).toMatchObject([{ code: 'UNABLE_TO_LOCK_ROW', tries: 2, later: false }]);
    expect(await n(`marketing.activity where kind = 'Sync error'`)).toBe(1);
    await db.query(`update marketing.person set phone = '3' where sfdc_id = $1`, [sfdcId(LEAD, 1)]);
    expect(await take()).toEqual([sfdcId(LEAD, 1)]);
    await push(rows);
    expect(await error()).toMatchObject([{ open: false }]);
  });

  it('C7: an error is over when the two sides agree by other means', async () => {
    await pull(row(LEAD, 1, { Phone: '1' }));
    await db.query(`update marketing.person set phone = '2'`);
    await push([row(LEAD, 1, { Phone: '1' })], { [sfdcId(LEAD, 1)]: 'X' });
    await pull(row(LEAD, 1, { Phone: '2' }));
    expect(await n('tandem.pending_change')).toBe(0);
    expect(await n('tandem.sync_error where resolved_at is null')).toBe(0);
  });

  it('C8: nothing is pushed to a deleted record or a converted lead, and it is when undeleted', async () => {
    await pull(row(LEAD, 1, { Phone: '1' }), row(LEAD, 2, { Phone: '1', IsConverted: true }));
    await db.query(`update marketing.person set phone = '2'`);
    await pull(row(LEAD, 1, { Phone: '1', IsDeleted: true }));
    expect(await take()).toEqual([]);
    await pull(row(LEAD, 1, { Phone: '1' }));
    expect(await take()).toEqual([sfdcId(LEAD, 1)]);
  });

  it('windows walk through all pending changes', async () => {
    await pull(...Array.from({ length: 7 }, (_, i) => row(LEAD, i, { Phone: '1' })));
    await db.query(`update marketing.person set phone = '2'`);
    const seen: string[] = [];
    for (let after: string | null = null, first = true; first || after !== null; first = false) {
      const { candidates, next } = await takePush(db, {
        spec: LEAD,
        mappings: fixture.mappings,
        after,
        limit: 3,
      });
      seen.push(...candidates.map(({ sfdcId: id }) => id));
      after = next;
    }
    expect(new Set(seen).size).toBe(7);
  });
});

describe('creating', () => {
  const input = (changes = {}) => ({
    spec: LEAD,
    mappings: fixture.mappings,
    condition: null,
    defaults: DEFAULTS,
    externalIdField: EXTERNAL_ID,
    limit: 10,
    ...changes,
  });

  it('C5, C6: people who meet the condition, with the defaults where Salesforce insists', async () => {
    await db.query(
      `insert into marketing.person (last_name, company, email) values ('A', 'B', 'a@x.example'), (null, ' ', 'b@x.example'), ('C', 'D', null)`,
    );
    const creations = await takeCreates(
      db,
      input({ condition: 'email is not null -- all of them' }),
    );
    expect(creations.map(({ record }) => ({ ...record, [EXTERNAL_ID]: undefined }))).toMatchObject([
      { LastName: 'A', Company: 'B' },
      { LastName: '[unknown]', Company: '[none]' },
    ]);
    expect(await takeCreates(db, input({ condition: 'email is not null' }))).toHaveLength(2);
  });

  it('C7: a refused creation waits; an edit makes it due at once', async () => {
    await db.query(`insert into marketing.person (last_name) values ('A')`);
    const [one] = await takeCreates(db, input());
    const outcome = { ok: false as const, code: 'REQUIRED_FIELD_MISSING', message: 'Required' };
    const results = [{ personId: one!.personId, outcome }];
    expect(await settleCreates(db, { spec: LEAD, mappings: fixture.mappings, results })).toEqual({
      created: 0,
      failed: 1,
    });
    expect(await takeCreates(db, input())).toEqual([]);
    await db.query(`update marketing.person set company = 'Now'`);
    expect(await takeCreates(db, input())).toHaveLength(1);
  });

  it('N2, N1: after a lost answer the pull links the record, and knows what was edited since', async () => {
    await db.query(
      `insert into marketing.person (last_name, phone, company) values ('A', '1', null)`,
    );
    const [one] = await takeCreates(db, input());
    await db.query(`update marketing.person set phone = '2'`);
    const found = row(LEAD, 5, {
      LastName: 'A',
      Phone: '1',
      Company: '[none]',
      Title: 'by automation',
      [EXTERNAL_ID]: one!.personId,
    });
    await pull(found);
    const { rows } = await db.query(
      'select sfdc_id, phone, company, job_title from marketing.person',
    );
    expect(rows).toEqual([
      { sfdc_id: sfdcId(LEAD, 5), phone: '2', company: '[none]', job_title: 'by automation' },
    ]);
    const pending = await db.query('select old from tandem.pending_change');
    expect(pending.rows).toEqual([{ old: { phone: '1' } }]);
    expect(await n('tandem.conflict')).toBe(0);
    expect(await takeCreates(db, input())).toEqual([]);
  });

  it('N2, N1: a later try that never came there is no agreement: what it would have sent is still an edit', async () => {
    await db.query(`insert into marketing.person (last_name, phone) values ('A', '1')`);
    const [one] = await takeCreates(db, input());
    await db.query(`update marketing.person set phone = '2'`);
    await takeCreates(db, input());
    await pull(row(LEAD, 5, { LastName: 'A', Phone: '1', [EXTERNAL_ID]: one!.personId }));
    expect((await db.query('select phone from marketing.person')).rows).toEqual([{ phone: '2' }]);
    const pending = await db.query('select old from tandem.pending_change');
    expect(pending.rows).toEqual([{ old: { phone: '1' } }]);
    expect(await n('tandem.conflict')).toBe(0);
  });

  it('C14: a person deleted while its record is being made stays gone', async () => {
    await db.query(`insert into marketing.person (last_name) values ('A')`);
    const [one] = await takeCreates(db, input());
    await db.query('delete from marketing.person');
    const results = [
      { personId: one!.personId, outcome: { ok: true as const, id: sfdcId(LEAD, 6) } },
    ];
    await settleCreates(db, { spec: LEAD, mappings: fixture.mappings, results });
    expect(await pull(row(LEAD, 6, { [EXTERNAL_ID]: one!.personId }))).toMatchObject({ new: 0 });
  });

  it('C14: so does one that a pull finds before the answer came, until the record next changes', async () => {
    await db.query(`insert into marketing.person (last_name) values ('A')`);
    const [one] = await takeCreates(db, input());
    await db.query('delete from marketing.person');
    const made = row(LEAD, 7, { [EXTERNAL_ID]: one!.personId });
    expect(await pull(made)).toMatchObject({ new: 0 });
    expect(await pull(made)).toMatchObject({ new: 0 });
    const changed = { ...made, Phone: '2', SystemModstamp: '2027-01-01T00:00:00Z' };
    expect(await pull(changed)).toMatchObject({ new: 1 });
  });

  it.each([
    'no_such_column = 1',
    'true; drop table marketing.person',
    'last_name',
    'true) or (',
    "'x' = 1",
  ])('C5: the condition %s is refused with what to do', async (condition) => {
    await expect(checkCondition(db, condition)).rejects.toMatchObject({ name: 'ConditionRefused' });
  });

  it('C5: a sound condition passes', async () => {
    await checkCondition(db, `email is not null and source in ('Web', 'Fair') -- ours`);
  });
});

describe('deleting', () => {
  it('C12, C14: a record outside the record filter is not deleted in Salesforce', async () => {
    await pull(row(LEAD, 1));
    await pinOrg(db, { ...identity, onDelete: 'delete' });
    await leaveScope(db, 'Lead', [sfdcId(LEAD, 1)]);
    await db.query('delete from marketing.person');
    expect(await takeDeletes(db, { object: 'Lead', limit: 10 })).toEqual([]);
    expect(await n('tandem.person_deletion')).toBe(1);
  });

  it('C14: only deletions made under the policy delete reach Salesforce, once, and errors wait', async () => {
    await pull(row(LEAD, 1), row(LEAD, 2), row(LEAD, 3));
    await db.query('delete from marketing.person where sfdc_id = $1', [sfdcId(LEAD, 1)]);
    await pinOrg(db, { ...identity, onDelete: 'delete' });
    await db.query('delete from marketing.person');
    const taken = await takeDeletes(db, { object: 'Lead', limit: 10 });
    expect(taken.map(({ sfdcId: id }) => id)).toEqual([sfdcId(LEAD, 2), sfdcId(LEAD, 3)]);
    const results = taken.map((one, index) => ({
      ...one,
      outcome:
        index === 0
          ? { ok: true as const }
          : { ok: false as const, code: 'INSUFFICIENT_ACCESS', message: 'no' },
    }));
    expect(await settleDeletes(db, { object: 'Lead', results })).toEqual({ deleted: 1, failed: 1 });
    expect(await takeDeletes(db, { object: 'Lead', limit: 10 })).toEqual([]);
    await tryAgain(db, null);
    const again = await takeDeletes(db, { object: 'Lead', limit: 10 });
    expect(again).toHaveLength(1);
    await settleDeletes(db, {
      object: 'Lead',
      results: [{ ...again[0]!, outcome: { ok: false, code: 'ENTITY_IS_DELETED', message: '' } }],
    });
    expect(await n('tandem.sync_error where resolved_at is null')).toBe(0);
  });
});
