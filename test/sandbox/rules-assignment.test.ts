import { beforeAll, describe, expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { recordClient } from './record-client.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests({ people: 4 });
const sync = forTests(() => recordClient(sandbox));
let queueId: string;
let ruleId: string;

beforeAll(async () => {
  const { rows } = await sandbox.pool.query(
    `SELECT "QueueId" FROM org."QueueSobject" WHERE "SobjectType" = 'Lead' LIMIT 1`,
  );
  queueId = rows[0].QueueId;
  await control({
    op: 'add',
    name: 'By country',
    active: false,
    entries: [
      { formula: 'Country = "Norway"', owner: sandbox.admin.username },
      { formula: 'ISPICKVAL(Rating, "Hot")', owner: queueId.slice(0, 15) },
    ],
  });
  const found = await sync.connection.query<{ Id: string; Active: boolean }>(
    `SELECT Id, Active FROM AssignmentRule WHERE Name = 'By country'`,
  );
  expect(found.records).toMatchObject([{ Active: false }]);
  ruleId = found.records[0]!.Id;
});

async function control(change: object) {
  const answer = await fetch(`${sandbox.controlUrl}/rules`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'assignment', object: 'Lead', ...change }),
  });
  expect(await answer.text()).toBe('{"changed":true}');
}

const auto = (value: string) => ({ 'Sforce-Auto-Assign': value });

async function ownerOf(id: string): Promise<string> {
  const { rows } = await sandbox.pool.query('SELECT "OwnerId" FROM org."Lead" WHERE "Id" = $1', [
    id,
  ]);
  return rows[0].OwnerId;
}

async function ownerOfNew(fields: object, headers?: Record<string, string>): Promise<string> {
  const body = { LastName: 'L', Company: 'C', ...fields };
  const created = await sync.call('POST', '/sobjects/Lead', body, headers);
  expect(created.status).toBe(201);
  return ownerOf(created.body.id);
}

describe('an assignment rule', () => {
  it('that is not active assigns only where a call asks for it by id', async () => {
    expect(await ownerOfNew({ Rating: 'Hot' })).toBe(sync.userId);
    expect(await ownerOfNew({ Rating: 'Hot' }, auto(ruleId))).toBe(queueId);
    expect(await ownerOfNew({ Rating: 'Hot' }, auto(ruleId.slice(0, 15)))).toBe(queueId);
  });

  it('that is active gives new leads the owner of the first entry that fits', async () => {
    await control({ op: 'change', name: 'By country', active: true });
    const owner = await ownerOfNew({ Rating: 'Hot', Country: 'Norway' });
    expect([queueId, sync.userId]).not.toContain(owner);
    expect(await ownerOfNew({ Rating: 'Hot' }, auto('true'))).toBe(queueId);
    expect(await ownerOfNew({ Rating: 'Cold' })).toBe(sync.userId);
    expect(await ownerOfNew({ Rating: 'Hot' }, auto('FALSE'))).toBe(sync.userId);
  });

  it('that has no entry for a new lead leaves it to the default owner, where the org has one', async () => {
    const settings = (defaultLeadOwner: string | null) =>
      fetch(`${sandbox.controlUrl}/settings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ defaultLeadOwner }),
      });
    expect((await settings('nobody@nowhere.example')).status).toBe(400);
    expect((await settings(queueId)).status).toBe(200);
    expect(await ownerOfNew({ Rating: 'Cold' })).toBe(queueId);
    expect(await ownerOfNew({ Rating: 'Cold' }, auto('FALSE'))).toBe(sync.userId);
    expect((await settings(null)).status).toBe(200);
    expect(await ownerOfNew({ Rating: 'Cold' })).toBe(sync.userId);
  });

  it('runs on updates as well, unless the call says otherwise', async () => {
    const { body } = await sync.call('POST', '/sobjects/Lead', { LastName: 'L', Company: 'C' });
    const path = `/sobjects/Lead/${body.id}`;
    await sync.call('PATCH', path, { Rating: 'Hot' }, auto('false'));
    expect(await ownerOf(body.id)).toBe(sync.userId);
    await sync.call('PATCH', path, { Title: 'Boss' });
    expect(await ownerOf(body.id)).toBe(queueId);
  });

  it('is the one active rule of its object', async () => {
    await control({ op: 'add', name: 'Another', entries: [{ owner: queueId }] });
    const { records } = await sync.connection.query(
      `SELECT Name FROM AssignmentRule WHERE Active = true AND SobjectType = 'Lead'`,
    );
    expect(records).toMatchObject([{ Name: 'Another' }]);
    await control({ op: 'remove', name: 'Another' });
  });
});

describe('a wrong header', () => {
  it('is MALFORMED_ID when it is no id, and refuses each record when no rule has it', async () => {
    const lead = { LastName: 'L', Company: 'C' };
    const odd = await sync.call('POST', '/sobjects/Lead', lead, auto('perhaps'));
    expect(odd).toMatchObject({ status: 400, body: [{ errorCode: 'MALFORMED_ID' }] });
    const unknown = await sync.call('POST', '/sobjects/Lead', lead, auto('01QHp0000000zzz'));
    expect(unknown.status).toBe(400);
    expect(unknown.body[0].errorCode).toBe('INVALID_CROSS_REFERENCE_KEY');
    const account = await sync.call('POST', '/sobjects/Account', { Name: 'A' }, auto(ruleId));
    expect(account.status).toBe(201);
  });
});
