import { beforeAll, describe, expect, it } from 'vitest';
import { recordsForTests } from './record-client.ts';

const { sandbox, client: admin, create, refusal, update, read } = recordsForTests('admin');
let account: string;
let contact: string;
let lead: string;
let opportunity: string;

beforeAll(async () => {
  account = await create('Account', { Name: 'Nord AB' });
  contact = await create('Contact', { LastName: 'Dahl', AccountId: account });
  lead = await create('Lead', { LastName: 'Berg', Company: 'Syd AB' });
  opportunity = await create('Opportunity', {
    Name: 'Deal',
    StageName: 'Prospecting',
    CloseDate: '2030-01-31',
    AccountId: account,
  });
});

const count = async (resource: 'query' | 'queryAll', soql: string) =>
  (await admin.call('GET', `/${resource}?q=${encodeURIComponent(soql)}`)).body.totalSize;

const day = (offset: number) =>
  new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

describe('who and what an activity is about', () => {
  it('a lead stands alone', async () => {
    expect(await refusal('Task', { WhoId: lead, WhatId: account })).toEqual({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
      message: 'cannot specify whatID with lead whoID',
      fields: ['WhatId'],
    });
    const id = await create('Task', { WhatId: account });
    expect((await update('Task', id, { WhoId: lead })).status).toBe(400);
  });

  it('an account cannot be whom it is about', async () => {
    expect(await refusal('Task', { WhoId: account })).toEqual({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
      message: `Name ID: id value of incorrect type: ${account}`,
      fields: ['WhoId'],
    });
  });

  it('a converted lead cannot be given another activity', async () => {
    const converted = await create('Lead', { LastName: 'Ek', Company: 'Ek AB' });
    await sandbox.pool.query('UPDATE org."Lead" SET "IsConverted" = true WHERE "Id" = $1', [
      converted,
    ]);
    expect(await refusal('Task', { WhoId: converted })).toMatchObject({
      errorCode: 'CANNOT_UPDATE_CONVERTED_LEAD',
    });
  });

  it.each([
    ['the account itself', () => ({ WhatId: account })],
    ['the account of the opportunity', () => ({ WhatId: opportunity })],
    ['the account of the contact', () => ({ WhoId: contact })],
  ])('give it %s', async (_what, about) => {
    expect(await read('Task', await create('Task', about()))).toMatchObject({ AccountId: account });
  });
});

describe('a task', () => {
  it('has its status, priority and subtype from the start', async () => {
    expect(await read('Task', await create('Task', { Subject: 'Call' }))).toMatchObject({
      Status: 'Not Started',
      Priority: 'Normal',
      TaskSubtype: 'Task',
      IsClosed: false,
      IsHighPriority: false,
      CompletedDateTime: null,
    });
  });

  it('is closed and opened again by its status', async () => {
    const id = await create('Task', { Status: 'completed', Priority: 'High' });
    const closed = await read('Task', id);
    expect(closed).toMatchObject({ IsClosed: true, IsHighPriority: true });
    expect(closed.CompletedDateTime).toMatch(/^20/);
    await update('Task', id, { Status: 'In Progress' });
    expect(await read('Task', id)).toMatchObject({ IsClosed: false, CompletedDateTime: null });
  });
});

describe('an event', () => {
  const start = '2030-05-06T09:00:00.000+0000';

  it('ends after its duration, or lasts until its end', async () => {
    const id = await create('Event', { StartDateTime: start, DurationInMinutes: 90 });
    expect(await read('Event', id)).toMatchObject({
      EndDateTime: '2030-05-06T10:30:00.000+0000',
      ActivityDateTime: start,
      ActivityDate: '2030-05-06',
      EndDate: '2030-05-06',
      ShowAs: 'Busy',
    });
    await update('Event', id, { EndDateTime: '2030-05-07T09:00:00Z' });
    expect(await read('Event', id)).toMatchObject({ DurationInMinutes: 1440 });
    await update('Event', id, { StartDateTime: '2030-06-01T08:00:00Z' });
    expect(await read('Event', id)).toMatchObject({
      DurationInMinutes: 1440,
      EndDateTime: '2030-06-02T08:00:00.000+0000',
    });
  });

  it('lasts all day from midnight', async () => {
    const id = await create('Event', { IsAllDayEvent: true, ActivityDate: '2030-05-06' });
    expect(await read('Event', id)).toMatchObject({
      StartDateTime: '2030-05-06T00:00:00.000+0000',
      EndDateTime: '2030-05-06T00:00:00.000+0000',
      DurationInMinutes: 1440,
    });
    await update('Event', id, { EndDateTime: '2030-05-08T00:00:00Z' });
    expect(await read('Event', id)).toMatchObject({
      DurationInMinutes: 4320,
      EndDate: '2030-05-08',
    });
  });

  it.each([
    ['without a time', {}, 'REQUIRED_FIELD_MISSING', ['DurationInMinutes', 'ActivityDateTime']],
    [
      'that ends before it begins',
      { StartDateTime: start, EndDateTime: '2030-05-06T08:00:00Z' },
      'FIELD_INTEGRITY_EXCEPTION',
      ['DurationInMinutes'],
    ],
    [
      'of more than 14 days',
      { StartDateTime: start, DurationInMinutes: 20_161 },
      'FIELD_INTEGRITY_EXCEPTION',
      ['DurationInMinutes'],
    ],
    [
      'with a duration that its end does not bear out',
      { StartDateTime: start, EndDateTime: '2030-05-06T10:00:00Z', DurationInMinutes: 30 },
      'FIELD_INTEGRITY_EXCEPTION',
      ['DurationInMinutes'],
    ],
    [
      'with two starts',
      { StartDateTime: start, ActivityDateTime: '2030-05-07T09:00:00Z', DurationInMinutes: 30 },
      'FIELD_INTEGRITY_EXCEPTION',
      ['ActivityDateTime'],
    ],
  ])('is refused %s', async (_what, fields, errorCode, names) => {
    expect(await refusal('Event', fields)).toMatchObject({ errorCode, fields: names });
  });
});

describe('archived activities', () => {
  it('are closed tasks and events of more than a year ago, which only queryAll shows', async () => {
    const old = { ActivityDate: day(-400) };
    const closed = await create('Task', { ...old, Status: 'Completed' });
    const open = await create('Task', old);
    const event = await create('Event', {
      StartDateTime: `${day(-400)}T09:00:00Z`,
      DurationInMinutes: 30,
    });
    const tasks = `SELECT Id FROM Task WHERE Id IN ('${closed}', '${open}')`;
    expect(await count('query', tasks)).toBe(1);
    expect(await count('queryAll', tasks)).toBe(2);
    expect(await count('queryAll', `${tasks} AND IsArchived = true`)).toBe(1);
    const events = `SELECT Id FROM Event WHERE Id = '${event}'`;
    expect(await count('query', events)).toBe(0);
    expect(await count('queryAll', events)).toBe(1);
    await update('Task', closed, { Status: 'In Progress' });
    expect(await count('query', tasks)).toBe(2);
  });
});

describe('the last activity', () => {
  it('is the latest of closed tasks and events, and moves no stamp', async () => {
    const company = await create('Account', { Name: 'Last AB' });
    const person = await create('Contact', { LastName: 'Lund', AccountId: company });
    for (const [object, id] of [
      ['Account', company],
      ['Contact', person],
    ])
      await sandbox.pool.query(
        `UPDATE org."${object}" SET "SystemModstamp" = '2020-01-01' WHERE "Id" = $1`,
        [id],
      );
    const stamps = { SystemModstamp: '2020-01-01T00:00:00.000+0000' };
    const task = await create('Task', { WhoId: person, ActivityDate: day(-3) });
    expect(await read('Contact', person)).toMatchObject({ LastActivityDate: null, ...stamps });
    await update('Task', task, { Status: 'Completed' });
    expect(await read('Contact', person)).toMatchObject({ LastActivityDate: day(-3), ...stamps });
    expect(await read('Account', company)).toMatchObject({ LastActivityDate: day(-3), ...stamps });
    const event = await create('Event', {
      WhoId: person,
      StartDateTime: `${day(-1)}T09:00:00Z`,
      DurationInMinutes: 30,
    });
    expect(await read('Contact', person)).toMatchObject({ LastActivityDate: day(-1) });
    await admin.call('DELETE', `/sobjects/Event/${event}`);
    expect(await read('Account', company)).toMatchObject({ LastActivityDate: day(-3), ...stamps });
  });
});

describe('many writers at once', () => {
  it('of one person’s and one account’s tasks all get their turn', async () => {
    const company = await create('Account', { Name: 'Busy AB' });
    const person = await create('Contact', { LastName: 'Holm', AccountId: company });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        admin.call('POST', '/sobjects/Task', {
          ...(i % 2 === 0 ? { WhoId: person } : { WhatId: company }),
          Status: 'Completed',
          ActivityDate: day(-i),
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(201));
    expect(await read('Account', company)).toMatchObject({ LastActivityDate: day(0) });
  });
});
