import { describe, expect, it } from 'vitest';
import { openOrg } from '../../sandbox/sandbox-org.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);

const change = (body: object) => control(sandbox, 'POST', '/schema', body);

async function field(object: string, name: string) {
  const { body } = await rest('GET', `sobjects/${object}/describe`);
  return body.fields?.find((one: { name: string }) => one.name === name);
}

describe('Schema changes', () => {
  it('J1: an added field is described, written and read, and survives a restart', async () => {
    await change({ op: 'add-field', object: 'Lead', field: 'Mood__c', type: 'string', length: 20 });
    expect(await field('Lead', 'Mood__c')).toMatchObject({ length: 20, custom: true });
    const { body } = await rest('POST', 'sobjects/Lead', {
      LastName: 'Moody',
      Company: 'Acme',
      Mood__c: 'good',
    });
    const row = await rest('GET', `sobjects/Lead/${body.id}?fields=Mood__c`);
    expect(row.body.Mood__c).toBe('good');
    const { schema } = await openOrg(sandbox.pool);
    expect(schema.field(schema.object('Lead')!, 'Mood__c')).toBeDefined();
  });

  it('L2: hiding and showing a field works for sessions that are open', async () => {
    await change({ op: 'hide-field', object: 'Lead', field: 'Fax' });
    expect(await field('Lead', 'Fax')).toBeUndefined();
    const refused = await rest('POST', 'sobjects/Lead', { LastName: 'F', Company: 'A', Fax: '1' });
    expect(refused.body[0].errorCode).toBe('INVALID_FIELD');
    await change({ op: 'show-field', object: 'Lead', field: 'Fax' });
    expect(await field('Lead', 'Fax')).toBeDefined();
  });

  it('J2: a dropped field is gone, a renamed one keeps its values', async () => {
    await change({ op: 'add-field', object: 'Contact', field: 'Old__c', type: 'double', scale: 1 });
    const { body } = await rest('POST', 'sobjects/Contact', { LastName: 'Renamed', Old__c: 4.5 });
    await change({ op: 'rename-field', object: 'Contact', field: 'Old__c', to: 'New__c' });
    const row = await rest('GET', `sobjects/Contact/${body.id}?fields=New__c`);
    expect(row.body.New__c).toBe(4.5);
    await change({ op: 'retype-field', object: 'Contact', field: 'New__c', type: 'string' });
    expect(await field('Contact', 'New__c')).toMatchObject({ type: 'string' });
    await change({ op: 'drop-field', object: 'Contact', field: 'New__c' });
    expect(await field('Contact', 'New__c')).toBeUndefined();
  });

  it('J4: a picklist gets a new value, which a restricted one then accepts', async () => {
    const write = () =>
      rest('POST', 'sobjects/Lead', { LastName: 'P', Company: 'A', Segment__c: 'Nonprofit' });
    expect((await write()).status).toBe(400);
    const op = 'add-picklist-value';
    await change({ op, object: 'Lead', field: 'Segment__c', value: 'Nonprofit' });
    expect((await write()).status).toBe(201);
  });

  it('G1: a new custom object can be written and looked up', async () => {
    await change({
      op: 'add-object',
      object: 'Visit__c',
      fields: [
        {
          name: 'Lead__c',
          type: 'reference',
          referenceTo: ['Lead'],
          relationshipName: 'Lead__r',
        },
      ],
    });
    const { body: lead } = await rest('POST', 'sobjects/Lead', { LastName: 'V', Company: 'A' });
    const { body } = await rest('POST', 'sobjects/Visit__c', { Name: 'First', Lead__c: lead.id });
    expect(body.id).toMatch(/^a0\w/);
    expect(await field('Visit__c', 'Lead__c')).toMatchObject({ relationshipName: 'Lead__r' });
  });

  it('what cannot be done is refused and says why', async () => {
    await expect(change({ op: 'wish', object: 'Lead' })).rejects.toThrow(/"op" must be one of/);
    await expect(change({ op: 'drop-field', object: 'Lead', field: 'Email' })).rejects.toThrow(
      /standard field/,
    );
    await expect(change({ op: 'hide-field', object: 'Wish', field: 'X' })).rejects.toThrow(
      /no object Wish/,
    );
  });
});
