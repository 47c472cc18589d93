import { describe, expect, it } from 'vitest';
import { recordsForTests } from './record-client.ts';

const { client: admin, create, read, query } = recordsForTests('admin');

const update = async (object: string, id: string, fields: object) =>
  expect((await admin.call('PATCH', `/sobjects/${object}/${id}`, fields)).status).toBe(204);

const createOpportunity = (fields: object = {}) =>
  create('Opportunity', {
    Name: 'Deal',
    StageName: 'Prospecting',
    CloseDate: '2030-05-31',
    ...fields,
  });

describe('an opportunity', () => {
  it('takes what its stage brings along', async () => {
    const id = await createOpportunity({ StageName: 'value proposition', Amount: 1000 });
    expect(await read('Opportunity', id)).toMatchObject({
      StageName: 'Value Proposition',
      Probability: 50,
      ExpectedRevenue: 500,
      ForecastCategory: 'Pipeline',
      ForecastCategoryName: 'Pipeline',
      IsClosed: false,
      IsWon: false,
      FiscalYear: 2030,
      FiscalQuarter: 2,
      Fiscal: '2030 2',
      LastStageChangeDate: null,
      HasOpportunityLineItem: false,
    });
    await update('Opportunity', id, { StageName: 'Closed Won' });
    const won = await read('Opportunity', id);
    expect(won).toMatchObject({
      Probability: 100,
      ForecastCategory: 'Closed',
      IsClosed: true,
      IsWon: true,
    });
    expect(won.LastStageChangeDate).toMatch(/^20/);
  });

  it('keeps a probability and a forecast category of its own until the stage changes', async () => {
    const id = await createOpportunity({ Probability: 33, ForecastCategoryName: 'Best Case' });
    const own = { Probability: 33, ForecastCategory: 'BestCase' };
    expect(await read('Opportunity', id)).toMatchObject(own);
    await update('Opportunity', id, { StageName: 'Prospecting', Name: 'Big deal' });
    expect(await read('Opportunity', id)).toMatchObject(own);
    await update('Opportunity', id, { StageName: 'Qualification' });
    expect(await read('Opportunity', id)).toMatchObject({
      Probability: 10,
      ForecastCategory: 'Pipeline',
    });
  });

  it('counts how often it was pushed into a later month', async () => {
    const id = await createOpportunity();
    await update('Opportunity', id, { CloseDate: '2030-05-01' });
    await update('Opportunity', id, { CloseDate: '2030-07-01' });
    expect(await read('Opportunity', id)).toMatchObject({ PushCount: 1 });
  });

  it('is refused without a close date', async () => {
    const { status, body } = await admin.call('POST', '/sobjects/Opportunity', {
      Name: 'Deal',
      StageName: 'Prospecting',
    });
    expect(status).toBe(400);
    expect(body[0]).toMatchObject({ errorCode: 'REQUIRED_FIELD_MISSING', fields: ['CloseDate'] });
  });

  it('is given the contact it is made with as its primary role', async () => {
    const ContactId = await create('Contact', { LastName: 'Dahl' });
    const id = await createOpportunity({ ContactId });
    expect(
      await query(
        `SELECT ContactId, IsPrimary, Role FROM OpportunityContactRole WHERE OpportunityId = '${id}'`,
      ),
    ).toMatchObject([{ ContactId, IsPrimary: true, Role: null }]);
  });
});

describe('the contact roles of an opportunity', () => {
  const rolesOf = (id: string) =>
    query(
      `SELECT Id, IsPrimary FROM OpportunityContactRole WHERE OpportunityId = '${id}' ORDER BY Id`,
    );

  it('have one primary: a new one takes the place of the old', async () => {
    const OpportunityId = await createOpportunity();
    const [one, other] = [
      await create('Contact', { LastName: 'Ek' }),
      await create('Contact', { LastName: 'Lind' }),
    ];
    await create('OpportunityContactRole', { OpportunityId, ContactId: one, IsPrimary: true });
    expect(await read('Opportunity', OpportunityId)).toMatchObject({ ContactId: one });
    const role = await create('OpportunityContactRole', {
      OpportunityId,
      ContactId: other,
      IsPrimary: true,
    });
    expect(
      (await rolesOf(OpportunityId)).map((row: { IsPrimary: boolean }) => row.IsPrimary),
    ).toEqual([false, true]);
    expect(await read('Opportunity', OpportunityId)).toMatchObject({ ContactId: other });
    await admin.call('DELETE', `/sobjects/OpportunityContactRole/${role}`);
    expect(await read('Opportunity', OpportunityId)).toMatchObject({ ContactId: null });
  });

  it('have one primary after many writers at once, and may name a contact twice', async () => {
    const OpportunityId = await createOpportunity();
    const ContactId = await create('Contact', { LastName: 'Sjö' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        admin.call('POST', '/sobjects/OpportunityContactRole', {
          OpportunityId,
          ContactId,
          IsPrimary: true,
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    const primaries = (await rolesOf(OpportunityId)).filter(
      (row: { IsPrimary: boolean }) => row.IsPrimary,
    );
    expect(primaries).toHaveLength(1);
  });

  it('come back as others where there is a new primary', async () => {
    const OpportunityId = await createOpportunity();
    const [old, next] = [
      await create('Contact', { LastName: 'Ek' }),
      await create('Contact', { LastName: 'Lind' }),
    ];
    const gone = await create('OpportunityContactRole', {
      OpportunityId,
      ContactId: old,
      IsPrimary: true,
    });
    await admin.call('DELETE', `/sobjects/Contact/${old}`);
    await create('OpportunityContactRole', { OpportunityId, ContactId: next, IsPrimary: true });
    await admin.connection.soap.undelete([old]);
    expect(await read('OpportunityContactRole', gone)).toMatchObject({ IsPrimary: false });
    expect(await read('Opportunity', OpportunityId)).toMatchObject({ ContactId: next });
  });
});

describe('what belongs to two rows', () => {
  it('comes back with the last of them', async () => {
    const [CampaignId, ContactId] = [
      await create('Campaign', { Name: 'Autumn' }),
      await create('Contact', { LastName: 'Falk' }),
    ];
    const member = await create('CampaignMember', { CampaignId, ContactId });
    await admin.call('DELETE', `/sobjects/Contact/${ContactId}`);
    await admin.call('DELETE', `/sobjects/Campaign/${CampaignId}`);
    const live = () => query(`SELECT Id FROM CampaignMember WHERE Id = '${member}'`);
    await admin.connection.soap.undelete([ContactId]);
    expect(await live()).toEqual([]);
    await admin.connection.soap.undelete([CampaignId]);
    expect(await live()).toHaveLength(1);
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfContacts: 1 });
  });
});

describe('deleting an account', () => {
  it('takes contacts, opportunities, their roles, memberships and activities, and brings them back', async () => {
    const account = await create('Account', { Name: 'Nord AB' });
    const contact = await create('Contact', { LastName: 'Dahl', AccountId: account });
    const opportunity = await createOpportunity({ AccountId: account, ContactId: contact });
    const CampaignId = await create('Campaign', { Name: 'Spring' });
    const member = await create('CampaignMember', { CampaignId, ContactId: contact });
    const task = await create('Task', { WhoId: contact, WhatId: opportunity });
    const left = async (resource: string) => {
      const found = [];
      for (const [object, id] of [
        ['Contact', contact],
        ['Opportunity', opportunity],
        ['CampaignMember', member],
        ['Task', task],
      ])
        found.push(
          (
            await admin.call(
              'GET',
              `/${resource}?q=${encodeURIComponent(`SELECT Id FROM ${object} WHERE Id = '${id}'`)}`,
            )
          ).body.totalSize,
        );
      return found;
    };
    expect((await admin.call('DELETE', `/sobjects/Account/${account}`)).status).toBe(204);
    expect(await left('query')).toEqual([0, 0, 0, 0]);
    expect(await left('queryAll')).toEqual([1, 1, 1, 1]);
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfContacts: 0 });
    await admin.connection.soap.undelete([account]);
    expect(await left('query')).toEqual([1, 1, 1, 1]);
    expect(await read('Campaign', CampaignId)).toMatchObject({ NumberOfContacts: 1 });
    expect(
      await query(`SELECT Id FROM OpportunityContactRole WHERE OpportunityId = '${opportunity}'`),
    ).toHaveLength(1);
  });

  it('is refused while an opportunity of it is won', async () => {
    const account = await create('Account', { Name: 'Won AB' });
    await createOpportunity({ AccountId: account, StageName: 'Closed Won', Name: 'Big' });
    const { status, body } = await admin.call('DELETE', `/sobjects/Account/${account}`);
    expect(status).toBe(400);
    expect(body[0].errorCode).toBe('DELETE_FAILED');
    expect(body[0].message).toContain('closed won');
  });
});
