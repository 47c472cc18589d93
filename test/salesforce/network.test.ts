import { afterEach, describe, expect, it, vi } from 'vitest';
import { SalesforceUnavailable } from '../../src/salesforce/errors.ts';
import { api, failure, refusal, type Script, type Step, script } from './support.ts';

let server: Script;
afterEach(() => server?.close());

const fine: Step = () => ({ body: { totalSize: 0, done: true, records: [] } });
const hangUp: Step = (_, response) => {
  response.destroy();
  return null;
};
const breakOff: Step = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"totalSize":', () => response.destroy());
  return null;
};
const written: Step = () => ({ body: [{ id: '00Q', success: true, errors: [] }] });
const cursor = `${api}/query/01g-2000`;

describe('a lost connection', () => {
  it('N3: before a result is read ends no process, and fails its reader', async () => {
    const breakResult: Step = (_, response) => {
      const headers = { 'sforce-locator': 'null', 'sforce-numberofrecords': '5' };
      response.writeHead(200, { ...headers, 'content-type': 'text/csv', 'content-length': '1000' });
      response.write('"Id"\n', () => response.destroy());
      return null;
    };
    server = await script([breakResult]);
    const { csv } = await server.client().bulkQueryResult('7501', null, 10);
    await vi.waitUntil(() => csv.destroyed);
    await expect(csv.toArray()).rejects.toBeInstanceOf(SalesforceUnavailable);
  });

  it.each([
    ['before the answer', hangUp],
    ['in the middle of it', breakOff],
  ])('%s is made good once for a read', async (_, lose) => {
    server = await script([lose, fine]);
    expect((await server.client().nextPage(cursor)).totalSize).toBe(0);
    expect(server.asked).toHaveLength(2);
  });

  it.each([
    ['before the answer', hangUp],
    ['in the middle of it', breakOff],
  ])('%s, again and again, ends in SalesforceUnavailable after two', async (_, lose) => {
    server = await script([lose]);
    const error = await failure(server.client().nextPage(cursor));
    expect(error).toBeInstanceOf(SalesforceUnavailable);
    expect(error.cause).toBeInstanceOf(Error);
    expect(server.asked).toHaveLength(2);
  });

  it.each(['update', 'upsert', 'delete', 'startBulkQuery'] as const)(
    'N2: %s is sent once only, since its answer may be what was lost',
    async (method) => {
      server = await script([hangUp, written]);
      const salesforce = server.client();
      const rows = [{ Id: '00Q', Email: 'ada@acme.test' }];
      const call = {
        update: () => salesforce.update('Lead', rows, { allowDuplicates: false }),
        upsert: () => salesforce.upsert('Lead', 'Tandem_Id__c', rows, { allowDuplicates: false }),
        delete: () => salesforce.delete(['00Q']),
        startBulkQuery: () => salesforce.startBulkQuery('SELECT Id FROM Lead', 'queryAll'),
      }[method];
      const error = await failure(call());
      expect(error).toBeInstanceOf(SalesforceUnavailable);
      expect(error.message).not.toContain('ada');
      expect(server.asked).toHaveLength(1);
    },
  );

  it('nobody there: SalesforceUnavailable that names the host', async () => {
    server = await script([fine]);
    const { url } = server;
    const salesforce = server.client();
    await server.close();
    const error = await failure(salesforce.nextPage(cursor));
    expect(error).toBeInstanceOf(SalesforceUnavailable);
    expect(error.message).toContain(`ECONNREFUSED (${new URL(url).host})`);
  });
});

describe('answers that are none', () => {
  it.each([
    [503, '<html>maintenance, ada@acme.test</html>'],
    [502, ''],
    [420, ''],
    [200, '<html>log in, ada@acme.test</html>'],
    [200, '{"totalSize": 1, "records": [{"Email": "ada@acme.test"'],
  ])(
    'N3: HTTP %i %s is SalesforceUnavailable, without its body, asked once',
    async (status, body) => {
      server = await script([() => ({ status, body })]);
      const error = await failure(server.client().nextPage(cursor));
      expect(error).toBeInstanceOf(SalesforceUnavailable);
      expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('ada');
      expect(server.asked).toHaveLength(1);
    },
  );

  it('a worker that stops ends its calls at once, and starts no more', async () => {
    const stopping = new AbortController();
    const arrived = Promise.withResolvers<void>();
    server = await script([
      () => {
        arrived.resolve();
        return null;
      },
    ]);
    const salesforce = server.client({}, { signal: stopping.signal });
    const call = failure(salesforce.nextPage(cursor));
    await arrived.promise;
    stopping.abort();
    expect((await call).message).toContain('this worker is stopping');
    expect((await failure(salesforce.nextPage(cursor))).message).toContain(
      'this worker is stopping',
    );
    expect(server.asked).toHaveLength(1);
  });

  it('logs no query, no token and no body', async () => {
    server = await script([() => refusal(400, 'MALFORMED_QUERY')]);
    const lines: string[] = [];
    const note = (fields: object, message: string) =>
      lines.push(JSON.stringify({ ...fields, message }));
    const salesforce = server.client({}, { log: { debug: note, info: note, warn: note } });
    await failure(salesforce.count('Lead', "Email = 'ada@acme.test'"));
    expect(lines).toHaveLength(2);
    expect(lines.join()).toContain(`"path":"${api}/query"`);
    expect(lines.join()).not.toMatch(/ada|token-1|hush/);
  });
});

it('connections are kept and used again: of two, since one may still be closing its answer', async () => {
  const ports = new Set<number | undefined>();
  server = await script([
    (_, response) => {
      ports.add(response.socket?.remotePort);
      return { body: { totalSize: 0, done: true, records: [] } };
    },
  ]);
  const salesforce = server.client();
  for (let call = 0; call < 5; call++) await salesforce.nextPage(cursor);
  expect(ports.size).toBeLessThanOrEqual(2);
});
