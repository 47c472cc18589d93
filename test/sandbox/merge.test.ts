import { describe, expect, it } from 'vitest';
import { deleteRecords } from '../../sandbox/writes/delete.ts';
import { emptyRecycleBin, hardDeleteRecords } from '../../sandbox/writes/empty-recycle-bin.ts';
import { type MergeRequest, mergeRecords } from '../../sandbox/writes/merge.ts';
import { undeleteRecords } from '../../sandbox/writes/undelete.ts';
import { forTests } from '../support/for-tests.ts';
import { writeOrg } from './write-org.ts';

const org = forTests(writeOrg, ({ stop }) => stop());

const lead = (fields: object = {}) => org.make('Lead', { LastName: 'L', Company: 'C', ...fields });
const account = (fields: object = {}) => org.make('Account', { Name: 'A', ...fields });

async function merge(masterRecord: MergeRequest['masterRecord'], ...recordToMergeIds: string[]) {
  const [result] = await mergeRecords(org.admin, [{ masterRecord, recordToMergeIds }]);
  return result!;
}

async function merged(masterRecord: MergeRequest['masterRecord'], ...losers: string[]) {
  const result = await merge(masterRecord, ...losers);
  expect(result.errors.map(({ message }) => message)).toEqual([]);
  expect(result).toMatchObject({ success: true, mergedRecordIds: losers });
  return result;
}

async function refusal(masterRecord: MergeRequest['masterRecord'], ...losers: string[]) {
  const result = await merge(masterRecord, ...losers);
  expect(result).toMatchObject({ success: false, mergedRecordIds: [], updatedRelatedIds: [] });
  return result.errors[0]!.errorCode;
}

describe('merged leads', () => {
  it('keep the master’s values but for those of the request; the losers go to the bin', async () => {
    const [master, one, two] = [
      await lead({ Phone: '1' }),
      await lead({ Phone: '2' }),
      await lead(),
    ];
    await org.sql(
      `UPDATE org."Lead" SET "SystemModstamp" = '2020-01-01', "LastModifiedDate" = '2020-01-01'`,
    );
    await merged(
      { attributes: { type: 'Lead' }, Id: master.slice(0, 15), Title: 'Boss' },
      one,
      two,
    );
    const [row, gone] = [await org.row('Lead', master), await org.row('Lead', one)];
    expect(row).toMatchObject({
      Phone: '1',
      Title: 'Boss',
      IsDeleted: false,
      MasterRecordId: null,
    });
    expect(gone).toMatchObject({ IsDeleted: true, MasterRecordId: master });
    for (const { SystemModstamp, LastModifiedDate } of [row, gone])
      for (const stamp of [SystemModstamp, LastModifiedDate] as Date[])
        expect(stamp.getFullYear()).toBeGreaterThan(2020);
    const logged = await org.sql('SELECT id FROM org_meta.deletion WHERE id = ANY($1)', [
      [one, two],
    ]);
    expect(logged).toHaveLength(2);
  });

  it('come back from the bin as records of their own, without what has moved', async () => {
    const [master, loser] = [await lead(), await lead()];
    const taskId = await org.make('Task', { Subject: 'Call', WhoId: loser });
    await merged({ Id: master }, loser);
    await undeleteRecords(org.admin, org.org.schema.object('Lead')!, [loser]);
    expect(await org.row('Lead', loser)).toMatchObject({ IsDeleted: false, MasterRecordId: null });
    expect(await org.row('Task', taskId)).toMatchObject({ WhoId: master });
  });

  it('can take over a unique value of a loser', async () => {
    const [master, loser] = [await lead(), await lead({ Tandem_Id__c: 'taken-1' })];
    await merged({ Id: master, Tandem_Id__c: 'taken-1' }, loser);
    expect(await org.row('Lead', master)).toMatchObject({ Tandem_Id__c: 'taken-1' });
  });

  it('give their activities and memberships to the master, one of two in a campaign', async () => {
    const [master, loser] = [await lead(), await lead()];
    const both = await org.make('Campaign', { Name: 'Both', IsActive: true });
    const own = await org.make('Campaign', { Name: 'Own', IsActive: true });
    const taskId = await org.make('Task', { Subject: 'Call', WhoId: loser });
    const stays = await org.make('CampaignMember', { CampaignId: both, LeadId: master });
    const double = await org.make('CampaignMember', {
      CampaignId: both,
      LeadId: loser,
      Status: 'Responded',
    });
    const moves = await org.make('CampaignMember', { CampaignId: own, LeadId: loser });
    const { updatedRelatedIds } = await merged({ Id: master }, loser);
    expect(updatedRelatedIds.sort()).toEqual([moves, taskId].sort());
    expect(await org.row('Task', taskId)).toMatchObject({ WhoId: master });
    expect(await org.row('CampaignMember', moves)).toMatchObject({ LeadId: master });
    expect(await org.row('CampaignMember', double)).toMatchObject({ IsDeleted: true });
    expect(await org.row('CampaignMember', stays)).toMatchObject({
      Status: 'Responded',
      HasResponded: true,
    });
  });
});

describe('merged accounts and contacts', () => {
  it('move contacts, opportunities and child accounts, with their modstamps', async () => {
    const [master, loser] = [await account(), await account()];
    const contactId = await org.make('Contact', { LastName: 'K', AccountId: loser });
    const childId = await account({ ParentId: loser });
    const opportunityId = await org.make('Opportunity', {
      Name: 'O',
      AccountId: loser,
      StageName: 'Prospecting',
      CloseDate: '2030-01-01',
    });
    await org.sql(`UPDATE org."Contact" SET "SystemModstamp" = '2020-01-01' WHERE "Id" = $1`, [
      contactId,
    ]);
    const { updatedRelatedIds } = await merged({ Id: master }, loser);
    expect(updatedRelatedIds.sort()).toEqual([contactId, childId, opportunityId].sort());
    const contact = await org.row('Contact', contactId);
    expect(contact).toMatchObject({ AccountId: master, IsDeleted: false });
    expect((contact.SystemModstamp as Date).getFullYear()).toBeGreaterThan(2020);
    expect(await org.row('Account', childId)).toMatchObject({ ParentId: master });
    expect(await org.row('Opportunity', opportunityId)).toMatchObject({ AccountId: master });
  });

  it('keep one role in an opportunity; a loser’s role is primary no more', async () => {
    const [master, loser] = [
      await org.make('Contact', { LastName: 'M', AccountId: await account() }),
      await org.make('Contact', { LastName: 'L', AccountId: await account() }),
    ];
    const made = async () =>
      org.make('Opportunity', {
        Name: 'O',
        StageName: 'Prospecting',
        CloseDate: '2030-01-01',
      });
    const [both, own] = [await made(), await made()];
    const role = (OpportunityId: string, ContactId: string, IsPrimary: boolean) =>
      org.make('OpportunityContactRole', { OpportunityId, ContactId, IsPrimary });
    await role(both, master, true);
    await role(both, loser, false);
    await role(own, loser, true);
    await merged({ Id: master }, loser);
    const roles = await org.sql(
      `SELECT "OpportunityId", "ContactId", "IsPrimary" FROM org."OpportunityContactRole"
        WHERE "OpportunityId" = ANY($1) AND NOT "IsDeleted" ORDER BY "OpportunityId"`,
      [[both, own]],
    );
    expect(roles).toEqual([
      { OpportunityId: both, ContactId: master, IsPrimary: true },
      { OpportunityId: own, ContactId: master, IsPrimary: false },
    ]);
  });

  it('an account is never made its own parent', async () => {
    const loser = await account();
    const master = await account({ ParentId: loser });
    expect(await refusal({ Id: master }, loser)).toBe('CIRCULAR_DEPENDENCY');
    expect(await org.row('Account', loser)).toMatchObject({ IsDeleted: false });
    const child = await account({ ParentId: master });
    await merged({ Id: master, ParentId: null }, child);
  });

  it('a lookup of any object moves too', async () => {
    const [master, loser] = [await account(), await account()];
    const leadId = await lead({ Partner_Account__c: loser });
    await merged({ Id: master }, loser);
    expect(await org.row('Lead', leadId)).toMatchObject({ Partner_Account__c: master });
  });
});

describe('what cannot be merged', () => {
  it('is refused with the reason, and nothing moves', async () => {
    const [one, two, three] = [await lead(), await lead(), await lead()];
    const contactId = await org.make('Contact', { LastName: 'K' });
    expect(await refusal({ Id: one }, one)).toBe('MERGE_FAILED');
    expect(await refusal({ Id: one }, two, two.slice(0, 15))).toBe('MERGE_FAILED');
    expect(await refusal({ Id: one })).toBe('MISSING_ARGUMENT');
    expect(await refusal({ Id: one }, two, three, await lead())).toBe('EXCEEDED_ID_LIMIT');
    expect(await refusal({ Id: one }, contactId)).toBe('MALFORMED_ID');
    expect(await refusal({ Id: 'x' }, two)).toBe('MALFORMED_ID');
    expect(await refusal({ Id: one, Foo__c: 1 }, two)).toBe('INVALID_FIELD');
    expect(await refusal({ Id: one, NumberOfEmployees: -1 }, two)).toBe(
      'FIELD_CUSTOM_VALIDATION_EXCEPTION',
    );
    const campaignId = await org.make('Campaign', { Name: 'C' });
    expect(await refusal({ Id: campaignId }, campaignId)).toBe('INVALID_TYPE');
    expect(await org.row('Lead', two)).toMatchObject({ IsDeleted: false, MasterRecordId: null });
  });

  it('a loser that is gone already', async () => {
    const [one, two] = [await lead(), await lead()];
    await merged({ Id: one }, two);
    expect(await refusal({ Id: one }, two)).toBe('ENTITY_IS_DELETED');
  });
});

describe('the recycle bin', () => {
  it('is emptied of the rows named, with a result for each', async () => {
    const [gone, here] = [await lead(), await lead()];
    await deleteRecords(org.admin, org.org.schema.object('Lead')!, [gone]);
    const results = await emptyRecycleBin(org.admin, [gone, here, 'x', gone]);
    expect(results.map(({ success, errors }) => [success, errors[0]?.errorCode])).toEqual([
      [true, undefined],
      [false, 'DELETE_FAILED'],
      [false, 'MALFORMED_ID'],
      [false, 'INVALID_CROSS_REFERENCE_KEY'],
    ]);
    expect(await org.sql('SELECT FROM org."Lead" WHERE "Id" = $1', [gone])).toEqual([]);
  });

  it('is passed by a hard delete, which needs a permission of its own', async () => {
    const [one, two] = [await lead(), await lead()];
    const object = org.org.schema.object('Lead')!;
    const results = await hardDeleteRecords(org.admin, object, [one, one]);
    const [sync] = await org.sql<{ Id: string }>(
      `SELECT u."Id" FROM org."User" u JOIN org."Profile" p ON p."Id" = u."ProfileId" WHERE p."Name" = 'Sales' LIMIT 1`,
    );
    const refused = await hardDeleteRecords(org.contextOf(sync!.Id), object, [two]);
    expect(results.map(({ success }) => success)).toEqual([true, false]);
    expect(refused[0]).toMatchObject({ success: false });
    expect(await org.sql('SELECT FROM org."Lead" WHERE "Id" = $1', [one])).toEqual([]);
    expect(await org.row('Lead', two)).toMatchObject({ IsDeleted: false });
  });
});
