import { describe, expect, it } from 'vitest';
import { recordsForTests } from './record-client.ts';

const { sandbox, client: admin, create, refusal, update, read, query } = recordsForTests('admin');
let people = 0;
const createLead = () => {
  people += 1;
  return create('Lead', { FirstName: 'Ada', LastName: `Berg ${people}`, Company: 'Nord AB' });
};
const createCampaign = (fields: object = {}) => create('Campaign', { Name: 'Spring', ...fields });

describe('a new campaign', () => {
  it('has the statuses Sent, which is the default, and Responded', async () => {
    const id = await createCampaign();
    const statuses = await query(
      `SELECT Label, SortOrder, IsDefault, HasResponded FROM CampaignMemberStatus WHERE CampaignId = '${id}' ORDER BY SortOrder`,
    );
    expect(statuses).toMatchObject([
      { Label: 'Sent', SortOrder: 1, IsDefault: true, HasResponded: false },
      { Label: 'Responded', SortOrder: 2, IsDefault: false, HasResponded: true },
    ]);
  });

  it('has figures of zero', async () => {
    expect(await read('Campaign', await createCampaign())).toMatchObject({
      NumberOfLeads: 0,
      NumberOfContacts: 0,
      NumberOfResponses: 0,
      AmountAllOpportunities: 0,
    });
  });

  it('is refused to a user who is no marketing user', async () => {
    await sandbox.pool.query(
      'UPDATE org."User" SET "UserPermissionsMarketingUser" = false WHERE "Id" = $1',
      [admin.userId],
    );
    try {
      expect(await refusal('Campaign', { Name: 'Autumn' })).toMatchObject({
        errorCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      });
    } finally {
      await sandbox.pool.query(
        'UPDATE org."User" SET "UserPermissionsMarketingUser" = true WHERE "Id" = $1',
        [admin.userId],
      );
    }
  });

  it('cannot have one of its own descendants as its parent', async () => {
    const top = await createCampaign();
    const middle = await createCampaign({ ParentId: top });
    const bottom = await createCampaign({ ParentId: middle });
    const { status, body } = await update('Campaign', top, { ParentId: bottom });
    expect(status).toBe(400);
    expect(body[0]).toMatchObject({ errorCode: 'CIRCULAR_DEPENDENCY', fields: ['ParentId'] });
  });
});

describe('a campaign member', () => {
  it('begins with the campaign’s default status and shows its person', async () => {
    const [campaign, lead] = [await createCampaign(), await createLead()];
    const id = await create('CampaignMember', { CampaignId: campaign, LeadId: lead });
    expect(await read('CampaignMember', id)).toMatchObject({
      Status: 'Sent',
      HasResponded: false,
      FirstRespondedDate: null,
      FirstName: 'Ada',
      CompanyOrAccount: 'Nord AB',
      LeadOrContactId: lead,
      Type: 'Lead',
    });
  });

  it('follows its person without being modified', async () => {
    const [campaign, lead] = [await createCampaign(), await createLead()];
    const id = await create('CampaignMember', { CampaignId: campaign, LeadId: lead });
    await sandbox.pool.query(
      `UPDATE org."CampaignMember" SET "SystemModstamp" = '2020-01-01' WHERE "Id" = $1`,
      [id],
    );
    await update('Lead', lead, { FirstName: 'Eva', Company: 'Syd AB' });
    expect(await read('CampaignMember', id)).toMatchObject({
      FirstName: 'Eva',
      CompanyOrAccount: 'Syd AB',
      SystemModstamp: '2020-01-01T00:00:00.000+0000',
    });
  });

  it('responds with the date of its first response', async () => {
    const [campaign, lead] = [await createCampaign(), await createLead()];
    const id = await create('CampaignMember', { CampaignId: campaign, LeadId: lead });
    await update('CampaignMember', id, { Status: 'responded' });
    const today = new Date().toISOString().slice(0, 10);
    expect(await read('CampaignMember', id)).toMatchObject({
      Status: 'Responded',
      HasResponded: true,
      FirstRespondedDate: today,
    });
    expect(await read('Campaign', campaign)).toMatchObject({ NumberOfResponses: 1 });
  });

  it('gets the default status in place of one that the campaign does not have', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    const id = await create('CampaignMember', { CampaignId, LeadId, Status: 'Danced' });
    expect(await read('CampaignMember', id)).toMatchObject({ Status: 'Sent' });
  });

  it('is refused a second time, in the same request too', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    const record = { attributes: { type: 'CampaignMember' }, CampaignId, LeadId };
    const { body } = await admin.call('POST', '/composite/sobjects', { records: [record, record] });
    expect(body[0].success).toBe(true);
    const error = { message: 'Already a campaign member.', fields: [] };
    expect(body[1].errors).toEqual([{ statusCode: 'DUPLICATE_VALUE', ...error }]);
    expect(await refusal('CampaignMember', { CampaignId, LeadId })).toEqual({
      errorCode: 'DUPLICATE_VALUE',
      ...error,
    });
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfLeads: 1 });
  });

  it('is refused without a person, and is the contact where both are given', async () => {
    const CampaignId = await createCampaign();
    expect(await refusal('CampaignMember', { CampaignId })).toMatchObject({
      errorCode: 'REQUIRED_FIELD_MISSING',
    });
    const ContactId = await create('Contact', { LastName: 'Dahl' });
    const LeadId = await createLead();
    const id = await create('CampaignMember', { CampaignId, LeadId, ContactId });
    expect(await read('CampaignMember', id)).toMatchObject({ ContactId, LeadId: null });
  });

  it('can be added again after it was removed', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    const id = await create('CampaignMember', { CampaignId, LeadId });
    expect((await admin.call('DELETE', `/sobjects/CampaignMember/${id}`)).status).toBe(204);
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfLeads: 0 });
    await create('CampaignMember', { CampaignId, LeadId });
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfLeads: 1 });
  });
});

describe('the statuses of a campaign', () => {
  const statusesOf = (campaign: string) =>
    query(
      `SELECT Id, Label, IsDefault, HasResponded FROM CampaignMemberStatus WHERE CampaignId = '${campaign}' ORDER BY SortOrder`,
    );

  it('have one default: a new one takes the place of the old', async () => {
    const CampaignId = await createCampaign();
    const id = await create('CampaignMemberStatus', { CampaignId, Label: 'Seen', IsDefault: true });
    const defaults = (await statusesOf(CampaignId)).filter(
      ({ IsDefault }: { IsDefault: boolean }) => IsDefault,
    );
    expect(defaults).toMatchObject([{ Id: id, Label: 'Seen' }]);
  });

  it('have labels that differ, without regard to case', async () => {
    const CampaignId = await createCampaign();
    expect(await refusal('CampaignMemberStatus', { CampaignId, Label: 'sENT' })).toMatchObject({
      errorCode: 'DUPLICATE_VALUE',
    });
  });

  it('keep the default and the ones in use', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    const [sent, responded] = await statusesOf(CampaignId);
    await create('CampaignMember', { CampaignId, LeadId, Status: 'Responded' });
    for (const { Id } of [sent, responded]) {
      const { status, body } = await admin.call('DELETE', `/sobjects/CampaignMemberStatus/${Id}`);
      expect(status).toBe(400);
      expect(body[0].errorCode).toBe('DELETE_FAILED');
    }
  });

  it('take their members along when they begin to count as a response', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    const member = await create('CampaignMember', { CampaignId, LeadId });
    const [sent] = await statusesOf(CampaignId);
    await update('CampaignMemberStatus', sent.Id, { HasResponded: true });
    expect(await read('CampaignMember', member)).toMatchObject({ HasResponded: true });
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfResponses: 1 });
  });
});

describe('the figures of a campaign', () => {
  it('move its SystemModstamp and leave who changed it last', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    await sandbox.pool.query(
      `UPDATE org."Campaign" SET "SystemModstamp" = '2020-01-01', "LastModifiedDate" = '2020-01-01' WHERE "Id" = $1`,
      [CampaignId],
    );
    await create('CampaignMember', { CampaignId, LeadId });
    const campaign = await read('Campaign', CampaignId);
    expect(campaign.LastModifiedDate).toBe('2020-01-01T00:00:00.000+0000');
    expect(campaign.SystemModstamp > '2026').toBe(true);
  });

  it('follow opportunities that name it, are won, move and go', async () => {
    const [one, other] = [await createCampaign(), await createCampaign()];
    const id = await create('Opportunity', {
      Name: 'Deal',
      StageName: 'Prospecting',
      CloseDate: '2030-01-31',
      Amount: 100.5,
      CampaignId: one,
    });
    expect(await read('Campaign', one)).toMatchObject({
      NumberOfOpportunities: 1,
      NumberOfWonOpportunities: 0,
      AmountAllOpportunities: 100.5,
    });
    await update('Opportunity', id, { StageName: 'Closed Won', CampaignId: other });
    expect(await read('Campaign', one)).toMatchObject({ NumberOfOpportunities: 0 });
    expect(await read('Campaign', other)).toMatchObject({
      NumberOfWonOpportunities: 1,
      AmountWonOpportunities: 100.5,
    });
    await admin.call('DELETE', `/sobjects/Opportunity/${id}`);
    expect(await read('Campaign', other)).toMatchObject({ AmountWonOpportunities: 0 });
  });

  it('add up over the campaigns below it', async () => {
    const top = await createCampaign({ ActualCost: 10 });
    const middle = await createCampaign({ ParentId: top });
    const bottom = await createCampaign({ ParentId: middle, ActualCost: 5 });
    await create('CampaignMember', { CampaignId: bottom, LeadId: await createLead() });
    expect(await read('Campaign', top)).toMatchObject({
      NumberOfLeads: 0,
      HierarchyNumberOfLeads: 1,
      HierarchyActualCost: 15,
    });
    await update('Campaign', middle, { ParentId: null });
    expect(await read('Campaign', top)).toMatchObject({
      HierarchyNumberOfLeads: 0,
      HierarchyActualCost: 10,
    });
    expect(await read('Campaign', middle)).toMatchObject({ HierarchyNumberOfLeads: 1 });
    await admin.call('DELETE', `/sobjects/Campaign/${bottom}`);
    expect(await read('Campaign', middle)).toMatchObject({ HierarchyNumberOfLeads: 0 });
  });

  it('are right when two writers add members at the same time', async () => {
    const CampaignId = await createCampaign();
    const leads = await Promise.all(Array.from({ length: 60 }, createLead));
    const writers = Array.from({ length: 6 }, (_, i) => {
      const records = leads.slice(i * 10, i * 10 + 10).map((LeadId) => ({
        attributes: { type: 'CampaignMember' },
        CampaignId,
        LeadId,
      }));
      return admin.call('POST', '/composite/sobjects', { records });
    });
    for (const { status, body } of await Promise.all(writers)) {
      expect(status).toBe(200);
      expect(body.every(({ success }: { success: boolean }) => success)).toBe(true);
    }
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfLeads: 60 });
  });

  it('of one person who is added twice at the same time count one', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        admin.call('POST', '/sobjects/CampaignMember', { CampaignId, LeadId }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(400)]);
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfLeads: 1 });
  });
});

describe('a member whose lead is converted', () => {
  it('is a contact from then on, and stays among the leads', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    const member = await create('CampaignMember', { CampaignId, LeadId });
    const result = await admin.connection.soap.convertLead({
      leadId: LeadId,
      convertedStatus: 'Qualified',
      doNotCreateOpportunity: true,
    });
    expect(result).toMatchObject({ success: true });
    expect(await read('CampaignMember', member)).toMatchObject({ Type: 'Contact', LeadId });
    expect(await read('Campaign', CampaignId)).toMatchObject({
      NumberOfLeads: 1,
      NumberOfConvertedLeads: 1,
      NumberOfContacts: 1,
    });

    await admin.call('DELETE', `/sobjects/Lead/${LeadId}`);
    expect(await read('CampaignMember', member)).toMatchObject({
      ContactId: result.contactId,
      LeadId: null,
      IsDeleted: false,
    });
    await admin.connection.soap.undelete([LeadId]);
    expect(await read('CampaignMember', member)).toMatchObject({ Type: 'Contact', LeadId });
  });
});

describe('a campaign that is deleted', () => {
  it('takes members along and brings them back', async () => {
    const [CampaignId, LeadId] = [await createCampaign(), await createLead()];
    const member = await create('CampaignMember', { CampaignId, LeadId });
    await admin.call('DELETE', `/sobjects/Campaign/${CampaignId}`);
    expect(await query(`SELECT Id FROM CampaignMember WHERE Id = '${member}'`)).toEqual([]);
    await admin.connection.soap.undelete([CampaignId]);
    expect(await read('CampaignMember', member)).toMatchObject({ CampaignId });
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfLeads: 1 });
  });
});
