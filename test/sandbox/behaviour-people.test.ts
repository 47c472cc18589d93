import { beforeAll, describe, expect, it } from 'vitest';
import { recordsForTests } from './record-client.ts';

const { sandbox, client: admin, create, update, read } = recordsForTests('admin');
let salesId: string;

beforeAll(async () => {
  const { rows } = await sandbox.pool.query(
    `SELECT "Id" FROM org."User" WHERE "IsActive" AND "Id" <> $1 LIMIT 1`,
    [admin.userId],
  );
  salesId = rows[0].Id;
});

const send = (object: string, fields: object) => admin.call('POST', `/sobjects/${object}`, fields);

const createLead = (fields: object = {}) =>
  create('Lead', { LastName: 'Berg', Company: 'Nord AB', ...fields });

const remove = (object: string, id: string) => admin.call('DELETE', `/sobjects/${object}/${id}`);

describe('a lead', () => {
  it('is not made as a converted one', async () => {
    const { status, body } = await send('Lead', {
      LastName: 'Berg',
      Company: 'Nord AB',
      IsConverted: true,
    });
    expect(status).toBe(400);
    expect(body[0].fields).toEqual(['IsConverted']);
    await createLead({ IsConverted: false });
  });

  it('that somebody else is given is unread and transferred today', async () => {
    const id = await createLead();
    expect(await read('Lead', id)).toMatchObject({
      IsUnreadByOwner: false,
      LastTransferDate: null,
    });
    await update('Lead', id, { OwnerId: salesId });
    expect(await read('Lead', id)).toMatchObject({
      IsUnreadByOwner: true,
      LastTransferDate: new Date().toISOString().slice(0, 10),
    });
  });

  it('takes memberships and activities along, which getDeleted tells of and the purge takes', async () => {
    const lead = await createLead();
    const CampaignId = await create('Campaign', { Name: 'Spring' });
    const member = await create('CampaignMember', { CampaignId, LeadId: lead });
    const task = await create('Task', { WhoId: lead });
    expect((await remove('Lead', lead)).status).toBe(204);
    const time = (offset: number) =>
      encodeURIComponent(new Date(Date.now() + offset).toISOString().replace(/\.\d+Z/, '+00:00'));
    const deletedOf = async (object: string) => {
      const path = `/sobjects/${object}/deleted/?start=${time(-300_000)}&end=${time(120_000)}`;
      const { body } = await admin.call('GET', path);
      return body.deletedRecords.map(({ id }: { id: string }) => id);
    };
    expect(await deletedOf('CampaignMember')).toContain(member);
    expect(await deletedOf('Task')).toContain(task);
    await fetch(`${sandbox.controlUrl}/purge`, { method: 'POST' });
    const { rows } = await sandbox.pool.query(
      'SELECT FROM org."CampaignMember" WHERE "Id" = $1 UNION ALL SELECT FROM org."Task" WHERE "Id" = $2',
      [member, task],
    );
    expect(rows).toHaveLength(0);
    expect(await deletedOf('Task')).toContain(task);
  });
});

describe('rows above each other', () => {
  it('an account is not its own ancestor', async () => {
    const top = await create('Account', { Name: 'Top AB' });
    const child = await create('Account', { Name: 'Child AB', ParentId: top });
    for (const ParentId of [child, top]) {
      const { status, body } = await update('Account', top, { ParentId });
      expect(status).toBe(400);
      expect(body[0]).toMatchObject({ errorCode: 'CIRCULAR_DEPENDENCY', fields: ['ParentId'] });
    }
  });

  it('two updates in one request cannot close a loop together', async () => {
    const one = await create('Account', { Name: 'One AB' });
    const other = await create('Account', { Name: 'Other AB' });
    const records = [
      { attributes: { type: 'Account' }, id: one, ParentId: other },
      { attributes: { type: 'Account' }, id: other, ParentId: one },
    ];
    const { body } = await admin.call('PATCH', '/composite/sobjects', { records });
    expect(body.some(({ success }: { success: boolean }) => !success)).toBe(true);
  });
});

describe('owners', () => {
  it('a user cannot be deleted', async () => {
    expect((await remove('User', salesId)).status).toBeGreaterThanOrEqual(400);
    expect((await read('User', salesId)).Id).toBe(salesId);
  });

  it('a queue stays while it owns leads', async () => {
    const queue = await create('Group', { Name: 'Queue', Type: 'Queue', DeveloperName: 'Queue_9' });
    await create('QueueSobject', { QueueId: queue, SobjectType: 'Lead' });
    const lead = await createLead({ OwnerId: queue });
    const { status, body } = await remove('Group', queue);
    expect(status).toBe(400);
    expect(body[0].errorCode).toBe('DELETE_FAILED');
    await update('Lead', lead, { OwnerId: salesId });
    expect((await remove('Group', queue)).status).toBe(204);
  });
});
