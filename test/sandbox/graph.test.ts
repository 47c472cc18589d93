import { describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control, countWhere } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox, 'admin');

const post = (referenceId: string, object: string, body: object, version = 60) => ({
  url: `/services/data/v${version}.0/sobjects/${object}/`,
  body,
  method: 'POST',
  referenceId,
});

const account = (referenceId: string, name: string) => post(referenceId, 'Account', { name });
const graph = (graphId: unknown, ...compositeRequest: object[]) => ({ graphId, compositeRequest });
const run = (...graphs: object[]) => rest('POST', 'composite/graph', { graphs });

const accountsNamed = (name: string) => countWhere(sandbox, 'Account', 'Name', name);

describe('Composite graph', () => {
  it('runs each graph, whose nodes use each other’s answers; all in one call', async () => {
    const before = (await control(sandbox, 'GET', '/calls')).total;
    const { status, body } = await run(
      graph(
        '1',
        account('reference_id_account_1', 'Cloudy Consulting'),
        post('reference_id_contact_1', 'Contact', {
          FirstName: 'Nellie',
          LastName: 'Cashman',
          AccountId: '@{reference_id_account_1.id}',
        }),
      ),
      graph('2', account('reference_id_account_2', 'Easy Spaces')),
    );
    expect(status).toBe(200);
    expect(body.graphs.map(({ graphId }: { graphId: string }) => graphId)).toEqual(['1', '2']);
    expect(body.graphs[0].isSuccessful).toBe(true);
    const [parent, child] = body.graphs[0].graphResponse.compositeResponse;
    expect(parent).toEqual({
      body: { id: expect.stringMatching(/^001/), success: true, errors: [] },
      httpHeaders: { Location: `/services/data/v60.0/sobjects/Account/${parent.body.id}` },
      httpStatusCode: 201,
      referenceId: 'reference_id_account_1',
    });
    const row = await rest('GET', `sobjects/Contact/${child.body.id}`);
    expect(row.body.AccountId).toBe(parent.body.id);
    expect((await control(sandbox, 'GET', '/calls')).total).toBe(before + 2);
  });

  it('a graph is all or nothing, and another’s failure is not its own', async () => {
    const { body } = await run(
      graph('bad', account('a', 'Undone'), post('b', 'Contact', { FirstName: 'Nobody' })),
      graph('good', account('a', 'Kept')),
    );
    const [bad, good] = body.graphs;
    expect([bad.isSuccessful, good.isSuccessful]).toEqual([false, true]);
    expect(bad.graphResponse.compositeResponse).toMatchObject([
      { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }], referenceId: 'a' },
      { httpStatusCode: 400, body: [{ errorCode: 'REQUIRED_FIELD_MISSING' }], referenceId: 'b' },
    ]);
    expect([await accountsNamed('Undone'), await accountsNamed('Kept')]).toEqual([0, 1]);
  });

  it('a node may stand before the one that it refers to', async () => {
    const { body } = await run(
      graph(
        'g',
        post('child', 'Contact', { LastName: 'X', AccountId: '@{parent.id}' }),
        account('parent', 'Later'),
      ),
    );
    expect(body.graphs[0].isSuccessful).toBe(true);
  });

  it('after 14 failures one more ends the request: the graphs left are not run', async () => {
    const failing = Array.from({ length: 16 }, (_, i) => graph(`f${i}`, post('a', 'Contact', {})));
    const { body } = await run(...failing, graph('last', account('a', 'Never')));
    expect(body.graphs).toHaveLength(17);
    expect(body.graphs[16]).toMatchObject({
      isSuccessful: false,
      graphResponse: { compositeResponse: [{ body: [{ errorCode: 'PROCESSING_HALTED' }] }] },
    });
    expect(await accountsNamed('Never')).toBe(0);
  });

  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => account(`a${i}`, 'Refused'));
  const chain = (length: number) =>
    Array.from({ length }, (_, i) =>
      post(`a${i}`, 'Account', {
        name: 'Refused',
        ...(i > 0 ? { ParentId: `@{a${i - 1}.id}` } : {}),
      }),
    );
  it.each<[string, unknown]>([
    ['no graphs', []],
    ['76 graphs', Array.from({ length: 76 }, (_, i) => graph(`g${i}`, account('a', 'Refused')))],
    ['501 nodes', [graph('a', ...many(251)), graph('b', ...many(250))]],
    ['16 levels', [graph('a', ...chain(16))]],
    [
      'a circle',
      [
        graph(
          'a',
          post('x', 'Account', { name: '@{y.id}' }),
          post('y', 'Account', { name: '@{x.id}' }),
        ),
      ],
    ],
    [
      '16 kinds of nodes',
      [
        graph(
          'a',
          ...Array.from({ length: 16 }, (_, i) =>
            post(`a${i}`, 'Account', { name: 'Refused' }, 50 + i),
          ),
        ),
      ],
    ],
    [
      'one graphId twice',
      [graph('a', account('a', 'Refused')), graph('a', account('a', 'Refused'))],
    ],
    ['a graphId that is a number', [graph(1, account('a', 'Refused'))]],
    ['one referenceId twice', [graph('a', account('a', 'Refused'), account('a', 'Refused'))]],
    [
      'a query',
      [
        graph('a', account('a', 'Refused'), {
          ...account('b', ''),
          method: 'GET',
          url: '/services/data/v60.0/query?q=x',
        }),
      ],
    ],
    ['a node of version 49.0', [graph('a', post('a', 'Account', { name: 'Refused' }, 49))]],
    ['a null graph', [null]],
  ])('%s: refused as a whole, nothing written', async (_name, graphs) => {
    const { status } = await rest('POST', 'composite/graph', { graphs });
    expect(status).toBe(400);
    expect(await accountsNamed('Refused')).toBe(0);
  });

  it('exists since 50.0', async () => {
    const { status, body } = await rest('POST', '/services/data/v49.0/composite/graph', {});
    expect([status, body[0].errorCode]).toEqual([404, 'NOT_FOUND']);
  });
});
