import { request as send } from 'node:http';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type OddRequest, oddRequest } from './fuzz-requests.ts';
import { soql } from './fuzz-soql.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { login } from './support-client.ts';

/** FUZZ_RUNS and FUZZ_SEED look further than every run of the tests can. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 250);
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_102);

const sandbox = sandboxForTests();
let token: string;

beforeAll(async () => {
  token = await login(sandbox, { ...sandbox.admin, securityToken: '' });
});

interface Answer {
  status: number;
  text: string;
}

function ask({ method, path, headers: asked, body }: OddRequest): Promise<Answer> {
  const length = body === undefined ? {} : { 'content-length': body.length };
  const headers = { authorization: `Bearer ${token}`, ...length, ...asked };
  return new Promise((resolve, reject) => {
    const call = send(sandbox.url + path, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}

const WRITABLE = [
  'Account',
  'Campaign',
  'CampaignMember',
  'CampaignMemberStatus',
  'Contact',
  'CurrencyType',
  'CustomField',
  'CustomObject',
  'Event',
  'FieldPermissions',
  'Group',
  'GroupMember',
  'Lead',
  'LeadStatus',
  'ObjectPermissions',
  'Opportunity',
  'OpportunityContactRole',
  'PermissionSet',
  'PermissionSetAssignment',
  'Site__c',
  'Task',
  'User',
  'ValidationRule',
];

/** All rows that a client can write, as one text: equal when nothing was written. */
async function rows(): Promise<string> {
  const { rows: found } = await sandbox.pool.query(
    WRITABLE.map(
      (name) => `SELECT md5(string_agg(t::text, '' ORDER BY "Id")) AS hash FROM org."${name}" t`,
    ).join(' UNION ALL '),
  );
  return found.map(({ hash }) => hash).join();
}

const isSoapFault = ({ text }: Answer) => /<faultcode>(sf|soapenv):/.test(text);

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const DATA = '/services/data/v60.0';
const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

/** Each of these once broke the sandbox: method, path, headers, body. */
const ONCE_BROKEN: [string, string, Record<string, string>, string?][] = [
  ['POST', `${DATA}/limits`, { 'content-type': 'text/csv', 'content-encoding': 'gzip' }, 'no gzip'],
  ['DELETE', `${DATA}/limits`, { 'content-encoding': 'gzip' }, 'no gzip'],
  ['POST', `${DATA}/sobjects/Lead`, { ...JSON_TYPE, 'content-encoding': 'gzip' }, '{}'],
  ['POST', `${DATA}/sobjects/Lead`, { 'content-type': 'text/csv' }, '{}'],
  ['POST', `${DATA}/composite/sobjects`, JSON_TYPE, '{"records":[{"attributes":{"type":5}}]}'],
  ['POST', `${DATA}/composite`, JSON_TYPE, `{"compositeRequest":[{"body":${DEEP}}]}`],
  ['POST', `${DATA}/sobjects/Lead`, JSON_TYPE, `{"LastName":${DEEP}}`],
  ['GET', `${DATA}/query?q=a&q=b`, {}],
  ['GET', `${DATA}/composite/sobjects/Lead?ids=a&ids=b&fields=Id&fields=Name`, {}],
  ['GET', `${DATA}/query?q=SELECT+Id+FROM+Lead+WHERE+Name+=+'%5Cu0000'`, {}],
  ['GET', `${DATA}/query?q=SELECT+Id+FROM+Lead+WHERE+Call_After__c+=+-3`, {}],
  ['GET', `${DATA}/jobs/query/%00`, {}],
  [
    'POST',
    `${DATA}/jobs/query`,
    JSON_TYPE,
    '{"operation":"query","query":"SELECT Id FROM Lead","columnDelimiter":"toString"}',
  ],
  ['POST', '/services/oauth2/token', FORM, 'grant_type=toString'],
  ['POST', '/services/oauth2/token', FORM, 'grant_type=password&client_id=%00'],
  [
    'POST',
    '/services/oauth2/token',
    FORM,
    'grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.bnVsbA.c',
  ],
  [
    'POST',
    '/services/oauth2/token',
    { ...FORM, authorization: 'Basic JTol' },
    'grant_type=client_credentials',
  ],
  ['POST', '/control/schema', JSON_TYPE, '{"op":"toString","object":"Lead"}'],
];

describe('odd requests', () => {
  it.each(ONCE_BROKEN)('%s %s %o is refused, or answered', async (method, path, headers, body) => {
    const before = await rows();
    const answer = await ask({
      method,
      path,
      headers,
      body: body === undefined ? body : Buffer.from(body),
    });
    expect(answer.status).toBeLessThan(500);
    expect(await rows()).toBe(before);
  });

  it('get no 500, and one that is refused has written nothing', { timeout: 600_000 }, async () => {
    let before = await rows();
    await fc.assert(
      fc.asyncProperty(oddRequest, async (request) => {
        const answer = await ask(request);
        if (!isSoapFault(answer)) expect(answer.status).toBeLessThan(500);
        const after = await rows();
        if (answer.status >= 400) expect(after).toBe(before);
        before = after;
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: process.env.FUZZ_RUNS !== undefined },
    );
  });

  it('get 200 or 400 for any SOQL, by REST and as a bulk job', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(soql, fc.boolean(), async (query, isBulk) => {
        const text = encodeURIComponent(query);
        const answer = await ask(
          isBulk
            ? {
                method: 'POST',
                path: '/services/data/v60.0/jobs/query',
                headers: { 'content-type': 'application/json' },
                body: Buffer.from(JSON.stringify({ operation: 'query', query })),
              }
            : {
                method: 'GET',
                path: `/services/data/v60.0/query?q=${text}`,
                headers: {},
                body: undefined,
              },
        );
        expect([200, 400]).toContain(answer.status);
        JSON.parse(answer.text);
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: process.env.FUZZ_RUNS !== undefined },
    );
    const { rows: failed } = await sandbox.pool.query(
      `SELECT statement, error_message FROM org_meta.bulk_query_job WHERE state = 'Failed'`,
    );
    expect(failed).toEqual([]);
  });
});
