import { beforeAll, describe, expect, it } from 'vitest';
import { RequestLimitExceeded, SalesforceUnavailable } from '../../src/salesforce/errors.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { programsForTests } from './programs-support.ts';

const { pair, programs, cycle, settled, push } = programsForTests();
beforeAll(async () => {
  await programs.channel('List', ['On list', 1]);
}, 60_000);

const named = (name: string) =>
  pair.crm.query(`SELECT Id, Type, ActualCost FROM Campaign WHERE Name = '${name}'`);
const addCost = (program: string, period: string, amount: number) =>
  pair.sql('insert into marketing.program_cost (program_id, period, amount) values ($1, $2, $3)', [
    program,
    period,
    amount,
  ]);

describe('a program linked to a new campaign (E1)', () => {
  it.each([
    ['Webinar', ['Invited', 'Registered', 'Attended']],
    ['List', ['On list']],
  ])(
    'E1, N4: Create New makes the campaign of a %s with the channel’s statuses',
    async (channel, labels) => {
      const name = `New ${channel}`;
      const id = await programs.create({ name, channel, createNew: true });
      const [person] = await programs.leads(1);
      await programs.add(id, person!.id);
      await settled();
      const program = await programs.read(id);
      expect(program).toMatchObject({ create_campaign: false, link_error: null });
      expect(program.linked_at).not.toBeNull();
      expect(await named(name)).toMatchObject([
        { Id: program.salesforce_campaign_id, Type: channel },
      ]);
      expect(await programs.labels(program.salesforce_campaign_id)).toEqual(labels);
      expect(await programs.membersThere(program.salesforce_campaign_id)).toEqual({
        [person!.sfdcId]: labels[0],
      });
      expect(
        await pair.sql(`select sfdc_id from marketing.salesforce_campaign where name = $1`, [name]),
      ).toEqual([{ sfdc_id: program.salesforce_campaign_id }]);
    },
  );

  it('N2: an answer that was lost makes no second campaign', async () => {
    const id = await programs.create({ name: 'Lost', channel: 'Webinar', createNew: true });
    await pair.crm.create('Campaign', { Name: 'Lost' });
    await expect(
      push({
        async create(...call) {
          await pair.own.salesforce.create(...call);
          throw new SalesforceUnavailable('the answer is lost');
        },
      }),
    ).rejects.toThrow();
    expect(await named('Lost')).toHaveLength(2);
    await settled();
    expect(await named('Lost')).toHaveLength(2);
    const { salesforce_campaign_id: campaign } = await programs.read(id);
    expect(await programs.labels(campaign)).toEqual(['Invited', 'Registered', 'Attended']);
    expect(await pair.sql('select 1 from tandem.campaign_creation')).toEqual([]);
  });

  it('N2: what may still be on its way is waited for, as long as Salesforce may work on it', async () => {
    const id = await programs.create({ name: 'Slow', channel: 'List', createNew: true });
    const create: Salesforce['create'] = async () => {
      throw new SalesforceUnavailable('nobody knows');
    };
    await expect(push({ create })).rejects.toThrow();
    await cycle();
    expect(await named('Slow')).toEqual([]);
    await pair.sql(
      `update tandem.campaign_creation set tried_at = tried_at - interval '11 minutes'`,
    );
    await settled();
    expect(await named('Slow')).toHaveLength(1);
    expect((await programs.read(id)).linked_at).not.toBeNull();
  });

  it('N6: a campaign that is made, but whose statuses are not, is gone on with', async () => {
    const id = await programs.create({ name: 'Halfway', channel: 'Webinar', createNew: true });
    const update: Salesforce['update'] = async () => {
      throw new SalesforceUnavailable('gone');
    };
    await expect(push({ update })).rejects.toThrow();
    await settled();
    expect(await named('Halfway')).toHaveLength(1);
    const { salesforce_campaign_id: campaign } = await programs.read(id);
    expect(await programs.labels(campaign)).toEqual(['Invited', 'Registered', 'Attended']);
  });

  it('N2: a campaign that is made, but could not be read back, is gone on with', async () => {
    const id = await programs.create({ name: 'Unread', channel: 'List', createNew: true });
    const select: Salesforce['select'] = async (object, ...rest) => {
      if (object === 'Campaign') throw new RequestLimitExceeded(new Date());
      return pair.own.salesforce.select(object, ...rest);
    };
    await expect(push({ select })).rejects.toThrow();
    await settled();
    expect(await named('Unread')).toHaveLength(1);
    expect((await programs.read(id)).linked_at).not.toBeNull();
  });

  it('N3: a campaign that is made, but whose statuses are refused, is told of at once', async () => {
    const id = await programs.create({ name: 'Refused', channel: 'Webinar', createNew: true });
    const update: Salesforce['update'] = async (_, rows) =>
      rows.map(() => ({ ok: false, id: null, code: 'NO_LABEL', message: 'Not so', fields: [] }));
    await push({ update });
    expect(await programs.read(id)).toMatchObject({ linked_at: null, link_error: 'Not so' });
    expect(await programs.openErrors()).toMatchObject([{ code: 'NO_LABEL' }]);
    await pair.sql('update tandem.sync_error set next_try = null');
    await settled();
    expect(await programs.read(id)).toMatchObject({ link_error: null });
    expect(await named('Refused')).toHaveLength(1);
    expect(await programs.openErrors()).toEqual([]);
  });

  it('N3: what Salesforce refuses is a sync error and stands in the row, and other programs go on', async () => {
    const create: Salesforce['create'] = async (object, rows, how) =>
      rows[0]?.Name === 'Bad'
        ? [
            {
              ok: false,
              id: null,
              code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
              message: 'No bad names',
              fields: [],
            },
          ]
        : pair.own.salesforce.create(object, rows, how);
    const bad = await programs.create({ name: 'Bad', channel: 'List', createNew: true });
    const good = await programs.create({ name: 'Good', channel: 'List', createNew: true });
    await push({ create });
    expect(await programs.read(bad)).toMatchObject({ linked_at: null, link_error: 'No bad names' });
    expect((await programs.read(good)).linked_at).not.toBeNull();
    expect(await programs.openErrors()).toEqual([
      { object: 'Campaign', operation: 'link programs', code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' },
    ]);
    // It waits for its next try.
    let asked = 0;
    await push({
      create: async (...call) => {
        asked += 1;
        return create(...call);
      },
    });
    expect(asked).toBe(0);
    await pair.sql('update marketing.program set create_campaign = false where id = $1', [bad]);
    await pair.sql('delete from marketing.program where id = $1', [bad]);
    expect(await programs.openErrors()).toEqual([]);
  });
});

describe('links are one-to-one (E1)', () => {
  it('E1: a campaign has one program, in whichever form its id is written', async () => {
    const campaign = await programs.campaign('One', 'On list', 'Other');
    await programs.channel('Two statuses', ['On list', 1], ['Other', 2]);
    const first = await programs.create({
      name: 'One',
      channel: 'Two statuses',
      campaign: campaign.slice(0, 15),
    });
    await cycle();
    expect(await programs.read(first)).toMatchObject({ salesforce_campaign_id: campaign });
    await expect(
      programs.create({ name: 'Again', channel: 'Two statuses', campaign }),
    ).rejects.toThrow('program_campaign');
    const second = await programs.create({
      name: 'Again',
      channel: 'Two statuses',
      campaign: campaign.slice(0, 15),
    });
    await cycle();
    expect((await programs.read(second)).link_error).toContain('A campaign has one program only');
    await pair.sql('delete from marketing.program where id = $1', [second]);
  });

  it('E1: a campaign that is deleted in Salesforce ends the link, and the members stay here', async () => {
    const id = await programs.create({ name: 'Deleted', channel: 'List', createNew: true });
    const [person] = await programs.leads(1);
    await programs.add(id, person!.id);
    await settled();
    const { salesforce_campaign_id: campaign } = await programs.read(id);
    await pair.crm.delete('Campaign', campaign);
    await settled();
    expect(await programs.read(id)).toMatchObject({ linked_at: null });
    expect((await programs.read(id)).link_error).toContain('deleted in Salesforce');
    expect(await programs.members(id)).toEqual({ [person!.id]: 'On list' });
    await pair.sql('delete from marketing.program where id = $1', [id]);
  });

  it('E1: a user may not write what belongs to the sync', async () => {
    const id = await programs.create({ name: 'Protected', channel: 'List' });
    await expect(
      pair.sql('update marketing.program set linked_at = now() where id = $1', [id]),
    ).rejects.toThrow('belong to the sync');
  });
});

describe('type and cost (E2)', () => {
  it('E2, N4: the channel is the campaign’s Type, and its period costs summed are ActualCost', async () => {
    const id = await programs.create({ name: 'Costly', channel: 'Webinar', createNew: true });
    await addCost(id, '2026-01-01', 1_000.5);
    await addCost(id, '2026-02-01', 250);
    await settled();
    expect(await named('Costly')).toMatchObject([{ Type: 'Webinar', ActualCost: '1250.5' }]);
    await pair.sql(
      `update marketing.program_cost set amount = 300 where program_id = $1 and amount = 250`,
      [id],
    );
    await pair.sql(`update marketing.channel set name = 'Online event' where name = 'Webinar'`);
    await settled();
    expect(await named('Costly')).toMatchObject([{ Type: 'Online event', ActualCost: '1300.5' }]);
    await pair.sql(`update marketing.channel set name = 'Webinar' where name = 'Online event'`);
    await pair.sql('delete from marketing.program_cost where program_id = $1', [id]);
    await settled();
    expect(await named('Costly')).toMatchObject([{ Type: 'Webinar', ActualCost: '0.0' }]);
  });

  it('E2: costs that are truncated leave ActualCost at nothing', async () => {
    const id = await programs.create({ name: 'Truncated', channel: 'Webinar', createNew: true });
    await addCost(id, '2026-01-01', 40);
    const other = await programs.create({ name: 'Free', channel: 'Webinar', createNew: true });
    await settled();
    const { salesforce_campaign_id: campaign } = await programs.read(other);
    await pair.crm.update('Campaign', campaign, { ActualCost: 9 });
    expect(await named('Truncated')).toMatchObject([{ ActualCost: '40.0' }]);
    await pair.sql('truncate marketing.program_cost');
    await settled();
    expect(await named('Truncated')).toMatchObject([{ ActualCost: '0.0' }]);
    expect(await named('Free')).toMatchObject([{ ActualCost: '9.0' }]);
  });

  it('E2: push only: what Salesforce changes stands there until the program changes', async () => {
    const [{ Id: campaign }] = (await named('Costly')) as [{ Id: string }];
    await pair.crm.update('Campaign', campaign, { Type: 'Email', ActualCost: 7 });
    await settled();
    expect(await named('Costly')).toMatchObject([{ Type: 'Email', ActualCost: '7.0' }]);
  });

  it('B: a status that a channel gets later is made in its campaigns', async () => {
    await pair.sql(
      `insert into marketing.channel_status values ('Webinar', 'Watched later', 4, true)`,
    );
    await settled();
    const [{ Id: campaign }] = (await named('Costly')) as [{ Id: string }];
    expect(await programs.labels(campaign)).toContain('Watched later');
    expect(await programs.openErrors()).toEqual([]);
  });

  it('L2, N3: a field that the sync user does not see is told, and holds up neither the other nor members', async () => {
    const id = await programs.create({ name: 'Hidden', channel: 'Webinar', createNew: true });
    await cycle();
    const { salesforce_campaign_id: campaign } = await programs.read(id);
    const field = { object: 'Campaign', field: 'ActualCost' };
    await pair.control('POST', '/schema', { op: 'hide-field', ...field });
    await pair.run('prepareConnection', {});
    await addCost(id, '2026-03-01', 5);
    await pair.sql(`update marketing.program set channel = 'List' where id = $1`, [id]);
    const [person] = await programs.leads(1);
    await programs.add(id, person!.id, 'On list');
    await cycle();
    expect(await programs.membersThere(campaign)).toEqual({ [person!.sfdcId]: 'On list' });
    expect(await named('Hidden')).toMatchObject([{ Type: 'List', ActualCost: null }]);
    expect(await programs.openErrors()).toEqual([
      { object: 'Campaign', operation: 'push updates', code: 'FIELD_NOT_VISIBLE' },
    ]);
    await pair.control('POST', '/schema', { op: 'show-field', ...field });
    await pair.run('prepareConnection', {});
    await pair.sql('update tandem.sync_error set next_try = null');
    await cycle();
    expect(await named('Hidden')).toMatchObject([{ ActualCost: '5.0' }]);
    expect(await programs.openErrors()).toEqual([]);
  });
});
