import { beforeAll, expect, it, vi } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { login } from './support-client.ts';

const sandbox = sandboxForTests({ people: 4 });
let token: string;

beforeAll(async () => {
  token = await login(sandbox);
});

const INGEST = '/services/data/v60.0/jobs/ingest';
const CLASSIC = '/services/async/60.0/job';
const JSON_TYPE = 'application/json';

async function send(method: string, path: string, body?: string, type = JSON_TYPE) {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  expect(response.status, `${method} ${path} ${body}: ${text}`).toBeLessThan(500);
  return text;
}

it.each([
  'null',
  '1',
  '"x"',
  '[]',
  '{}',
  '{',
  '{"object":1}',
  '{"object":"Lead","operation":null}',
  '{"object":"Lead","operation":"upsert","externalIdFieldName":5}',
  '{"object":"Lead","operation":"insert","assignmentRuleId":{}}',
  '{"object":"Lead\\u0000","operation":"insert"}',
  '<jobInfo/>',
])('%s as a job is no 500', async (body) => {
  for (const path of [INGEST, '/services/data/v60.0/jobs/query', CLASSIC]) {
    await send('POST', path, body);
    for (const type of ['application/xml', 'text/csv', 'multipart/form-data; boundary=b'])
      await send('POST', path, body, type);
  }
});

it.each(['x', '%00', '750000000000000AAA', 'é', "'"])('a job called %s is no 500', async (id) => {
  for (const path of [INGEST, '/services/data/v60.0/jobs/query', CLASSIC]) {
    for (const method of ['GET', 'DELETE']) await send(method, `${path}/${id}`);
    for (const method of ['POST', 'PATCH', 'PUT'])
      await send(method, `${path}/${id}`, '{"state":"Aborted"}');
  }
});

it.each([
  '',
  '\n',
  '"',
  'LastName,\nA,b\n',
  'LastName,LastName\nA,B\n',
  'LastName,Company\n\0A,\0\n',
  'Owner.x.y\nz\n',
  'LastName,Company,Address,CreatedDate\nA,B,C,D\n',
  'LastName,Company,NumberOfEmployees\nA,B,x\n',
])('content %j ends its job without an inner error', async (csv) => {
  const { id } = JSON.parse(await send('POST', INGEST, '{"object":"Lead","operation":"insert"}'));
  await send('PUT', `${INGEST}/${id}/batches`, csv, 'text/csv');
  await send('PATCH', `${INGEST}/${id}`, '{"state":"UploadComplete"}');
  const job = await vi.waitFor(async () => {
    const found = JSON.parse(await send('GET', `${INGEST}/${id}`));
    expect(['JobComplete', 'Failed']).toContain(found.state);
    return found;
  }, 10_000);
  expect(String(job.errorMessage)).not.toContain('InternalServerError');
});

it.each(['JSON', 'CSV', 'XML'])(
  'odd %s batches end without an inner error',
  async (contentType) => {
    for (const operation of ['insert', 'update', 'upsert', 'delete', 'query']) {
      const { id } = JSON.parse(
        await send(
          'POST',
          CLASSIC,
          JSON.stringify({ operation, object: 'Lead', contentType, externalIdFieldName: 'Id' }),
        ),
      );
      for (const body of [
        '',
        'null',
        '[1]',
        '[{}]',
        '[[]]',
        '[{"Id":{"a":1},"LastName":["x"]}]',
        '[{"Owner":{"Username":5}}]',
        'Id\nx\n',
        '<sObjects/>',
        '<sObjects><sObject><Owner><sObject><Username>x</Username></sObject></Owner></sObject></sObjects>',
        '<x',
        'SELECT',
      ])
        await send('POST', `${CLASSIC}/${id}/batch`, body, 'text/csv');
      await vi.waitFor(async () => {
        const list = await send('GET', `${CLASSIC}/${id}/batch`);
        expect(list).not.toMatch(/Queued|InProgress/);
        expect(list).not.toContain('InternalServerError');
      }, 20_000);
    }
  },
);
