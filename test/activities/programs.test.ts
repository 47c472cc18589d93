import { describe, expect, it } from 'vitest';
import type { Salesforce } from '../../src/salesforce/port.ts';
import { programsForTests } from './programs-support.ts';

const { pair, programs, settled } = programsForTests();

describe('a program linked to an existing campaign (E1, E4)', () => {
  it('E4: statuses that do not match refuse the link, say what is missing on each side, and change nothing', async () => {
    const campaign = await pair.crm.create('Campaign', { Name: 'Refused' });
    const id = await programs.create({ name: 'Refused', channel: 'Webinar', campaign });
    await settled();
    const program = await programs.read(id);
    expect(program.linked_at).toBeNull();
    expect(program.link_error).toContain('the campaign lacks "Invited", "Registered", "Attended"');
    expect(program.link_error).toContain('the channel Webinar lacks "Sent", "Responded"');
    expect(
      await pair.sql(
        `select code, sfdc_id from tandem.sync_error where operation = 'link programs' and record = $1`,
        [id],
      ),
    ).toEqual([{ code: 'STATUSES_DIFFER', sfdc_id: campaign }]);
    expect(await programs.labels(campaign)).toEqual(['Sent', 'Responded']);
    await pair.sql('delete from marketing.program where id = $1', [id]);
  });

  it('E4: statuses that change while they are compared make no link', async () => {
    await programs.channel('Two', ['Sent', 1], ['Responded', 2, true]);
    const campaign = await pair.crm.create('Campaign', { Name: 'Changed' });
    const id = await programs.create({ name: 'Changed', channel: 'Two', campaign });
    const { salesforce } = pair.own;
    const select: Salesforce['select'] = async (object, ...rest) => {
      if (object === 'CampaignMemberStatus') {
        await pair.sql(`update marketing.program set channel = 'Webinar' where id = $1`, [id]);
      }
      return salesforce.select(object, ...rest);
    };
    await pair.run('pushPrograms', { run: 'changed' }, { salesforce: { ...salesforce, select } });
    expect(await programs.read(id)).toMatchObject({ linked_at: null });
    await settled();
    expect((await programs.read(id)).link_error).toContain('the campaign lacks "Invited"');
    await pair.sql('delete from marketing.program where id = $1', [id]);
  });

  it('E4: the link is made once the statuses match, and members of both sides are the union', async () => {
    const campaign = await programs.campaign('Matching', 'Invited', 'Registered', 'Attended');
    const [one, two, both] = await programs.leads(3);
    await pair.crm.create('CampaignMember', {
      ...{ CampaignId: campaign, LeadId: one!.sfdcId, Status: 'Registered' },
    });
    await pair.crm.create('CampaignMember', {
      ...{ CampaignId: campaign, LeadId: both!.sfdcId, Status: 'Invited' },
    });
    const id = await programs.create({ name: 'Matching', channel: 'Webinar', campaign });
    await programs.add(id, two!.id, 'Attended');
    await programs.add(id, both!.id, 'Invited');
    await settled();
    const members = { [one!.id]: 'Registered', [two!.id]: 'Attended', [both!.id]: 'Invited' };
    expect(await programs.members(id)).toEqual(members);
    expect(await programs.membersThere(campaign)).toEqual({
      [one!.sfdcId]: 'Registered',
      [two!.sfdcId]: 'Attended',
      [both!.sfdcId]: 'Invited',
    });
    expect(await programs.openErrors()).toEqual([]);
  });
});
