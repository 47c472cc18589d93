import { describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { countWhere } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox, 'admin');

type Node = Record<string, unknown>;
const node = (type: string, referenceId: string, fields: Node): Node => ({
  attributes: { type, referenceId },
  ...fields,
});

const contact = (referenceId: string, fields: Node = {}) =>
  node('Contact', referenceId, { lastname: 'Smith', ...fields });
const tree = (records: unknown, object = 'Account') =>
  rest('POST', `composite/tree/${object}`, { records });

const accountsNamed = (name: string) => countWhere(sandbox, 'Account', 'Name', name);

describe('sObject tree', () => {
  it('creates records with their children; ids come level by level', async () => {
    const { status, body } = await tree([
      node('Account', 'ref1', {
        name: 'SampleAccount',
        phone: '1234567890',
        numberOfEmployees: '100',
        Contacts: {
          records: [
            contact('ref2', { title: 'President' }),
            contact('ref3', { lastname: 'Evans' }),
          ],
        },
      }),
      node('Account', 'ref4', { name: 'SampleAccount2' }),
    ]);
    expect(status).toBe(201);
    expect(body).toEqual({
      hasErrors: false,
      results: [
        { referenceId: 'ref1', id: expect.stringMatching(/^001/) },
        { referenceId: 'ref4', id: expect.stringMatching(/^001/) },
        { referenceId: 'ref2', id: expect.stringMatching(/^003/) },
        { referenceId: 'ref3', id: expect.stringMatching(/^003/) },
      ],
    });
    const child = await rest('GET', `sobjects/Contact/${body.results[2].id}`);
    expect(child.body).toMatchObject({ AccountId: body.results[0].id, Title: 'President' });
  });

  it('is all or nothing: the answer names only the records that failed', async () => {
    const { status, body } = await tree([
      node('Account', 'ref1', {
        Name: 'Undone',
        contacts: { records: [contact('ref2', { email: '123' }), contact('ref3')] },
      }),
    ]);
    expect(status).toBe(400);
    expect(body).toEqual({
      hasErrors: true,
      results: [
        {
          referenceId: 'ref2',
          errors: [
            {
              statusCode: 'INVALID_EMAIL_ADDRESS',
              message: 'Email: invalid email address: 123',
              fields: ['Email'],
            },
          ],
        },
      ],
    });
    expect(await accountsNamed('Undone')).toBe(0);
  });

  it('goes five levels deep and no deeper', async () => {
    const chain = (levels: number, level = 1): Node =>
      node('Account', `level${level}`, {
        Name: 'Chain',
        ...(level < levels ? { ChildAccounts: { records: [chain(levels, level + 1)] } } : {}),
      });
    expect((await tree([chain(5)])).body.results).toHaveLength(5);
    expect((await tree([chain(6)])).status).toBe(400);
    expect(await accountsNamed('Chain')).toBe(5);
  });

  it('takes 200 records in all', async () => {
    const contacts = (count: number) => Array.from({ length: count }, (_, i) => contact(`c${i}`));
    const family = (count: number) => [
      node('Account', 'a', { Name: 'Family', Contacts: { records: contacts(count) } }),
    ];
    expect((await tree(family(199))).status).toBe(201);
    expect((await tree(family(200))).status).toBe(400);
    expect(await accountsNamed('Family')).toBe(1);
  });

  it.each<[string, unknown, string]>([
    ['no records', [], ''],
    ['no list', 'x', ''],
    ['a null record', [null], ''],
    ['two of one referenceId', [contact('a'), contact('a')], 'a'],
    ['another root type', [node('Account', 'a', { Name: 'x' })], 'a'],
    ['no referenceId', [{ attributes: { type: 'Contact' }, LastName: 'x' }], ''],
    ['a referenceId that begins with a dash', [contact('-a')], '-a'],
    ['a list that is no children', [contact('a', { Accounts: { records: [] } })], 'a'],
  ])('%s is refused', async (_name, records, referenceId) => {
    const { status, body } = await tree(records, 'Contact');
    expect(status).toBe(400);
    expect(body).toMatchObject({ hasErrors: true, results: [{ referenceId }] });
  });

  it('an unknown object is NOT_FOUND, an unknown relationship an unknown column', async () => {
    expect((await tree([node('Wish', 'a', {})], 'Wish')).status).toBe(404);
    const { body } = await tree([contact('a', { Wishes: { records: [contact('b')] } })], 'Contact');
    expect(body.results[0].errors[0]).toMatchObject({ statusCode: 'INVALID_FIELD' });
  });
});
