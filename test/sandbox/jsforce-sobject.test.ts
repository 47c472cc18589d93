import type jsforce from 'jsforce';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { jsforceConnection, untilJobsClose } from './support-client.ts';

const sandbox = sandboxForTests();
let connection: jsforce.Connection;
let leads: jsforce.SObject<jsforce.Schema, 'Lead'>;
beforeAll(async () => {
  connection = await jsforceConnection(sandbox);
  leads = connection.sobject('Lead');
});

const lead = { LastName: 'Doe', Company: 'Acme' };
const make = async (values = {}) => (await leads.create({ ...lead, ...values })).id!;

describe('one record', () => {
  it('is created, read, updated, upserted and deleted', async () => {
    const id = await make();
    expect(await leads.retrieve(id, { fields: ['Id', 'LastName'] })).toEqual({
      attributes: { type: 'Lead', url: `/services/data/v60.0/sobjects/Lead/${id}` },
      Id: id,
      LastName: 'Doe',
    });
    expect(await leads.update({ Id: id, City: 'Oslo' })).toEqual({ id, success: true, errors: [] });
    expect(await leads.upsert({ Id: id, City: 'Bergen' }, 'Id')).toMatchObject({ success: true });
    expect((await leads.retrieve(id)).City).toBe('Bergen');
    expect(await leads.destroy(id)).toEqual({ id, success: true, errors: [] });
    await expect(leads.retrieve(id)).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
    await expect(leads.destroy(id)).rejects.toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
  });

  it('has a reference, which reads and writes it', async () => {
    const reference = leads.record(await make());
    await reference.update({ City: 'Oslo' });
    expect((await reference.retrieve()).City).toBe('Oslo');
    await reference.destroy();
    await expect(reference.retrieve()).rejects.toThrow('The requested resource does not exist');
  });

  it('that is refused is an error with code and fields', async () => {
    await expect(leads.create({ LastName: 'Alone' } as never)).rejects.toMatchObject({
      errorCode: 'REQUIRED_FIELD_MISSING',
      data: { fields: ['Company'] },
    });
  });
});

describe('several records', () => {
  it('each have their result, which an array keeps in its order', async () => {
    const made = await leads.create([lead, { ...lead, Email: '?' }, lead]);
    expect(made.map(({ success }) => success)).toEqual([true, false, true]);
    expect(made[1]!.errors).toMatchObject([{ statusCode: 'INVALID_EMAIL_ADDRESS' }]);
    const ids = [made[0]!.id!, made[2]!.id!];
    const updated = await leads.update(ids.map((Id) => ({ Id, City: 'Oslo' })));
    expect(updated.map(({ id }) => id)).toEqual(ids);
    const upserted = await leads.upsert([{ Id: ids[0]!, City: 'Bergen' }], 'Id');
    expect(upserted).toEqual([{ id: ids[0], success: true, errors: [], created: false }]);
    const read = await leads.retrieve([...ids, '00Q000000000000AAA'], { fields: ['City'] });
    expect(read.map((row) => row?.City)).toEqual(['Bergen', 'Oslo', undefined]);
    const gone = await leads.destroy([...ids, ids[0]!]);
    expect(gone.map(({ success }) => success)).toEqual([true, true, false]);
  });

  it('are written all or none, and as many as there are', async () => {
    const refused = await leads.create([lead, { ...lead, Email: '?' }], { allOrNone: true });
    expect(refused.map(({ success }) => success)).toEqual([false, false]);
    const many = Array.from({ length: 250 }, () => lead);
    await expect(leads.create(many)).rejects.toThrow('cannot submit more than 200 records');
    const made = await leads.create(many, { allowRecursive: true });
    expect(made.filter(({ success }) => success)).toHaveLength(250);
    const ids = made.map(({ id }) => id!);
    expect(await leads.retrieve(ids, { fields: ['Id'] })).toHaveLength(250);
    const gone = await leads.destroy(ids, { allowRecursive: true });
    expect(gone.filter(({ success }) => success)).toHaveLength(250);
  });

  it('one at a time over many requests, as before collections', async () => {
    const old = await jsforceConnection(sandbox, '41.0');
    const made = await old.sobject('Lead').create([lead, { ...lead, Email: '?' }]);
    expect(made.map(({ success }) => success)).toEqual([true, false]);
    const id = made[0]!.id!;
    expect(await old.sobject('Lead').retrieve([id])).toMatchObject([{ Id: id }]);
    expect(await old.sobject('Lead').destroy([id])).toEqual([{ id, success: true, errors: [] }]);
  });
});

describe('an object', () => {
  it('tells what moved, what went and what was used', async () => {
    const [moved, gone] = [await make(), await make()];
    await leads.destroy(gone);
    const window = [new Date(Date.now() - 86_400_000), new Date(Date.now() + 60_000)] as const;
    expect((await leads.updated(...window)).ids).toContain(moved);
    const { deletedRecords } = await leads.deleted(...window);
    expect(deletedRecords.map(({ id }) => id)).toContain(gone);
    await leads.retrieve(moved, { headers: { 'Sforce-Mru': 'updateMru=true' } });
    expect((await leads.recent())[0]).toMatchObject({ Id: moved });
  });

  it('has no list views, actions and approval layouts; layouts are not found', async () => {
    expect(await leads.listviews()).toMatchObject({ listviews: [], size: 0 });
    expect(await leads.quickActions()).toEqual([]);
    expect(await leads.approvalLayouts()).toEqual({ approvalLayouts: [] });
    await expect(leads.layouts()).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
    await expect(leads.compactLayouts()).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
  });

  it('loads in bulk by its own methods', async () => {
    connection.bulk.pollInterval = 20;
    const rows = [lead, lead];
    const load = <T>(work: () => T) => untilJobsClose(connection, work);
    const made = (await load(() => leads.insertBulk(rows))) as { id: string; success: boolean }[];
    expect(made.map(({ success }) => success)).toEqual([true, true]);
    const ids = made.map(({ id }) => ({ Id: id }));
    const moved = ids.map((id) => ({ ...id, City: 'Oslo' }));
    for (const work of [() => leads.updateBulk(moved), () => leads.deleteBulk(ids)])
      expect(await load(work)).toMatchObject([{ success: true }, { success: true }]);
  });
});
