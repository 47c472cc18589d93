import { beforeEach, describe, expect, it } from 'vitest';
import { changeRules } from '../../sandbox/control/rules/index.ts';
import { type ConvertRequest, convertLeads } from '../../sandbox/writes/convert-lead.ts';
import { updateRecords } from '../../sandbox/writes/update.ts';
import { NO_HEADERS } from '../../sandbox/writes/write-headers.ts';
import { forTests } from '../support/for-tests.ts';
import { writeOrg } from './write-org.ts';

const org = forTests(writeOrg, ({ stop }) => stop());
let leadId: string;

beforeEach(async () => {
  leadId = await org.make('Lead', LEAD);
});

const LEAD = {
  FirstName: 'Ada',
  LastName: 'Byron',
  Company: 'Analytical Engines',
  Email: 'ada@engines.example',
  Phone: '+44 1',
  LeadSource: 'Web',
  Street: '12 St James Square',
  City: 'London',
  HasOptedOutOfEmail: true,
  NumberOfEmployees: 12,
  Lead_Score__c: 71.25,
};

const wish = (more: Partial<ConvertRequest> = {}): ConvertRequest => ({
  leadId,
  convertedStatus: 'Qualified',
  ...more,
});

async function convert(more: Partial<ConvertRequest> = {}) {
  const [result] = await convertLeads(org.admin, [wish(more)]);
  expect(result!.errors.map(({ message }) => message)).toEqual([]);
  return result!;
}

async function refusal(more: Partial<ConvertRequest>) {
  const [result] = await convertLeads(org.admin, [wish(more)]);
  expect(result).toMatchObject({ success: false, accountId: null, contactId: null });
  const { errorCode, message } = result!.errors[0]!;
  return `${errorCode}: ${message}`;
}

describe('a lead converted into new records', () => {
  it('gives an account, a contact of it and an opportunity, with the lead’s values', async () => {
    const { accountId, contactId, opportunityId } = await convert();
    expect(await org.row('Account', accountId!)).toMatchObject({
      Name: 'Analytical Engines',
      BillingCity: 'London',
      NumberOfEmployees: 12,
    });
    expect(await org.row('Contact', contactId!)).toMatchObject({
      AccountId: accountId,
      FirstName: 'Ada',
      LastName: 'Byron',
      MailingStreet: '12 St James Square',
      LeadSource: 'Web',
      HasOptedOutOfEmail: true,
      Lead_Score__c: '71.25',
      OwnerId: org.admin.session.userId,
    });
    expect(await org.row('Opportunity', opportunityId!)).toMatchObject({
      Name: 'Analytical Engines',
      AccountId: accountId,
      StageName: 'Prospecting',
    });
    const roles = await org.sql(
      'SELECT * FROM org."OpportunityContactRole" WHERE "OpportunityId" = $1',
      [opportunityId],
    );
    expect(roles).toMatchObject([{ ContactId: contactId, IsPrimary: true }]);
  });

  it('stays as a row that says what became of it, and can be changed no more', async () => {
    const made = await convert({ doNotCreateOpportunity: true });
    expect(made.opportunityId).toBeNull();
    expect(await org.row('Lead', leadId)).toMatchObject({
      IsConverted: true,
      Status: 'Qualified',
      ConvertedAccountId: made.accountId,
      ConvertedContactId: made.contactId,
      ConvertedOpportunityId: null,
    });
    const lead = org.org.schema.object('Lead')!;
    const [update] = await updateRecords(org.admin, lead, [{ Id: leadId, Phone: '1' }]);
    expect(update!.errors[0]!.errorCode).toBe('CANNOT_UPDATE_CONVERTED_LEAD');
    expect(await refusal({})).toBe('CANNOT_UPDATE_CONVERTED_LEAD: cannot reference converted lead');
  });

  it('belongs to the owner asked for, and the opportunity has the name asked for', async () => {
    const [sales] = await org.sql<{ Id: string }>(
      `SELECT u."Id" FROM org."User" u JOIN org."Profile" p ON p."Id" = u."ProfileId"
        WHERE p."Name" = 'Sales' AND u."IsActive" LIMIT 1`,
    );
    const made = await convert({ ownerId: sales!.Id.slice(0, 15), opportunityName: 'Engines 2' });
    expect(await org.row('Contact', made.contactId!)).toMatchObject({ OwnerId: sales!.Id });
    expect(await org.row('Opportunity', made.opportunityId!)).toMatchObject({
      Name: 'Engines 2',
      OwnerId: sales!.Id,
    });
  });
});

describe('a lead converted into existing records', () => {
  it('fills their empty fields and leaves the others', async () => {
    const accountId = await org.make('Account', { Name: 'Engines Ltd', Phone: '9' });
    const contactId = await org.make('Contact', {
      LastName: 'King',
      AccountId: accountId,
      LeadSource: 'Partner',
      MailingCity: 'Ockham',
    });
    await convert({ accountId, contactId, doNotCreateOpportunity: true });
    expect(await org.row('Account', accountId)).toMatchObject({
      Name: 'Engines Ltd',
      Phone: '9',
      NumberOfEmployees: 12,
    });
    expect(await org.row('Contact', contactId)).toMatchObject({
      FirstName: 'Ada',
      LastName: 'King',
      Email: 'ada@engines.example',
      LeadSource: 'Partner',
      HasOptedOutOfEmail: false,
      MailingCity: 'Ockham',
      MailingStreet: null,
    });
  });

  it('overwrites the lead source when asked to', async () => {
    const accountId = await org.make('Account', { Name: 'A' });
    const contactId = await org.make('Contact', {
      LastName: 'K',
      AccountId: accountId,
      LeadSource: 'Partner',
    });
    await convert({ accountId, contactId, overwriteLeadSource: true });
    expect(await org.row('Contact', contactId)).toMatchObject({ LeadSource: 'Web' });
  });

  it('adds a role to an existing opportunity that is not primary where one is', async () => {
    const first = await convert();
    const second = await org.make('Lead', { LastName: 'Two', Company: 'C' });
    const [made] = await convertLeads(org.admin, [
      {
        ...wish({ accountId: first.accountId, opportunityId: first.opportunityId }),
        leadId: second,
      },
    ]);
    expect(made!.opportunityId).toBe(first.opportunityId);
    const roles = await org.sql(
      `SELECT "ContactId", "IsPrimary" FROM org."OpportunityContactRole"
        WHERE "OpportunityId" = $1 ORDER BY "Id"`,
      [first.opportunityId],
    );
    expect(roles).toEqual([
      { ContactId: first.contactId, IsPrimary: true },
      { ContactId: made!.contactId, IsPrimary: false },
    ]);
  });
});

describe('what the lead had', () => {
  it('moves its activities to the contact, about the opportunity', async () => {
    const taskId = await org.make('Task', { Subject: 'Call', WhoId: leadId });
    const made = await convert();
    expect(await org.row('Task', taskId)).toMatchObject({
      WhoId: made.contactId,
      WhatId: made.opportunityId,
      AccountId: made.accountId,
    });
  });

  it('keeps its memberships, which gain the contact', async () => {
    const campaignId = await org.make('Campaign', { Name: 'Show', IsActive: true });
    const memberId = await org.make('CampaignMember', { CampaignId: campaignId, LeadId: leadId });
    const made = await convert();
    expect(await org.row('CampaignMember', memberId)).toMatchObject({
      LeadId: leadId,
      ContactId: made.contactId,
    });
    expect(await org.row('Opportunity', made.opportunityId!)).toMatchObject({
      CampaignId: campaignId,
    });
    expect(await org.row('Campaign', campaignId)).toMatchObject({
      NumberOfLeads: 1,
      NumberOfConvertedLeads: 1,
    });
  });

  it('makes one of two memberships, with the status that is further along', async () => {
    const campaignId = await org.make('Campaign', { Name: 'Show', IsActive: true });
    const accountId = await org.make('Account', { Name: 'A' });
    const contactId = await org.make('Contact', { LastName: 'K', AccountId: accountId });
    const own = { CampaignId: campaignId };
    const stays = await org.make('CampaignMember', { ...own, ContactId: contactId });
    const gone = await org.make('CampaignMember', { ...own, LeadId: leadId, Status: 'Responded' });
    await convert({ accountId, contactId });
    expect(await org.row('CampaignMember', stays)).toMatchObject({
      LeadId: leadId,
      Status: 'Responded',
      HasResponded: true,
    });
    expect(await org.row('CampaignMember', gone)).toMatchObject({ IsDeleted: true });
  });
});

describe('who converts', () => {
  const userOf = async (profile: string) => {
    const [user] = await org.sql<{ Id: string }>(
      `SELECT u."Id" FROM org."User" u JOIN org."Profile" p ON p."Id" = u."ProfileId"
        WHERE p."Name" = $1 AND u."IsActive" LIMIT 1`,
      [profile],
    );
    return user!.Id;
  };

  it('needs the permission for it, which the sync user has', async () => {
    const context = org.contextOf(await userOf('Sync User'));
    expect(await convertLeads(context, [wish()])).toMatchObject([{ success: true, errors: [] }]);
    expect(await org.row('Lead', leadId)).toMatchObject({
      LastModifiedById: context.session.userId,
    });
    const other = await org.make('Lead', LEAD);
    const { access } = context.session;
    const has = (name: Parameters<typeof access.has>[0]) =>
      name !== 'ConvertLeads' && access.has(name);
    const session = { ...context.session, access: { ...access, has } };
    const refused = await convertLeads({ ...context, session }, [{ ...wish(), leadId: other }]);
    expect(refused).toMatchObject([
      { success: false, errors: [{ errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY' }] },
    ]);
  });

  it('cannot give the records to a user who has left', async () => {
    const [left] = await org.sql<{ Id: string }>(
      `SELECT "Id" FROM org."User" WHERE NOT "IsActive"`,
    );
    expect(await refusal({ ownerId: left!.Id })).toContain(
      `INACTIVE_OWNER_OR_USER: operation performed with inactive user [${left!.Id}] as owner of account`,
    );
  });

  it('is held to the duplicate rules of what is made, the lead itself aside', async () => {
    const rule = { kind: 'duplicate', op: 'change', name: 'Standard_Contact_Duplicate_Rule' };
    await changeRules(org.org, { ...rule, active: true });
    leadId = await org.make('Lead', { ...LEAD, Email: 'one@engines.example', LastName: 'Once' });
    await convert({ doNotCreateOpportunity: true });
    leadId = await org.make('Lead', { ...LEAD, Email: 'one@engines.example', LastName: 'Once' });
    expect(await refusal({})).toBe('DUPLICATES_DETECTED: Use one of these records?');
    const duplicateRule = { ...NO_HEADERS.duplicateRule, allowSave: true };
    const saved = await convertLeads({ ...org.admin, headers: { ...NO_HEADERS, duplicateRule } }, [
      wish(),
    ]);
    expect(saved).toMatchObject([{ success: true }]);
    await changeRules(org.org, { ...rule, active: false });
  });
});

describe('what cannot be converted', () => {
  const cases: [string, () => Partial<ConvertRequest>, string][] = [
    [
      'a status that does not convert',
      () => ({ convertedStatus: 'Open' }),
      'INVALID_STATUS: invalid convertedStatus: Open',
    ],
    [
      'an unknown lead',
      () => ({ leadId: '00QHp00009zzzzz' }),
      'INVALID_CROSS_REFERENCE_KEY: invalid cross reference id',
    ],
    ['what is no id', () => ({ leadId: 'x' }), 'MALFORMED_ID: malformed id x'],
    [
      'a contact without its account',
      () => ({ contactId: '003Hp0000000001' }),
      'REQUIRED_FIELD_MISSING: An account ID is required when a contact ID is specified',
    ],
    [
      'an account that is a lead',
      () => ({ accountId: leadId }),
      'INVALID_CROSS_REFERENCE_KEY: invalid cross reference id',
    ],
    [
      'a name for no opportunity',
      () => ({ doNotCreateOpportunity: true, opportunityName: 'x' }),
      'INVALID_FIELD: opportunityName must be left blank when doNotCreateOpportunity is true',
    ],
  ];
  it.each(cases)('%s', async (_, more, text) => {
    expect(await refusal(more())).toBe(text);
  });

  it('a contact of another account', async () => {
    const accountId = await org.make('Account', { Name: 'A' });
    const contactId = await org.make('Contact', { LastName: 'K' });
    expect(await refusal({ accountId, contactId })).toMatch(/^INVALID_CROSS_REFERENCE_KEY/);
  });

  it('a lead of a queue without an owner for what is made', async () => {
    const [queue] = await org.sql<{ QueueId: string }>(
      `SELECT "QueueId" FROM org."QueueSobject" WHERE "SobjectType" = 'Lead' LIMIT 1`,
    );
    leadId = await org.make('Lead', { ...LEAD, OwnerId: queue!.QueueId });
    expect(await refusal({})).toContain('Converted objects can only be owned by users.  If');
    await convert({ ownerId: org.admin.session.userId });
  });

  it('what a validation rule of a target refuses: nothing is made then', async () => {
    await org.sql(
      `INSERT INTO org_meta.validation_rule (object, name, condition_sql, message)
       VALUES ('Contact', 'No_Byron', '"LastName" = ''Byron''', 'No Byrons')`,
    );
    const [before] = await org.sql('SELECT count(*) FROM org."Account"');
    expect(await refusal({})).toBe('FIELD_CUSTOM_VALIDATION_EXCEPTION: No Byrons');
    expect(await org.sql('SELECT count(*) FROM org."Account"')).toEqual([before]);
    await org.sql(`DELETE FROM org_meta.validation_rule WHERE name = 'No_Byron'`);
  });

  it('one lead of a call does not keep the others', async () => {
    const other = await org.make('Lead', LEAD);
    const results = await convertLeads(org.admin, [
      wish({ convertedStatus: 'Nonsense' }),
      { ...wish(), leadId: other },
    ]);
    expect(results.map(({ success }) => success)).toEqual([false, true]);
  });

  it('more than 100 leads in a call', async () => {
    await expect(convertLeads(org.admin, Array(101).fill(wish()))).rejects.toMatchObject({
      errorCode: 'EXCEEDED_ID_LIMIT',
    });
  });
});
