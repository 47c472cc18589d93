import { afterEach, describe, expect, it } from 'vitest';
import type { ConvertRequest } from '../../src/salesforce/port.ts';
import { sandboxForTests } from '../sandbox/sandbox-for-tests.ts';
import { control } from '../sandbox/support-client.ts';
import { enterCrm } from '../support/crm.ts';
import { forTests } from '../support/for-tests.ts';
import { enterSandbox } from './sandbox-ways.ts';
import { failure, type Script, script, token } from './support.ts';

const lead = '00Q000000000001AAA';
const asked: ConvertRequest = {
  ...{ leadId: lead, convertedStatus: 'Qualified', accountId: null, contactId: null },
  ...{ opportunity: false, opportunityName: null, ownerId: null, notify: false },
};

describe('conversions and merges in the sandbox org', () => {
  const sandbox = sandboxForTests({ people: 10 });
  const crm = forTests(() => enterCrm(sandbox.url, sandbox.admin.username, sandbox.admin.password));
  const newLead = (name: string) => crm.create('Lead', { LastName: name, Company: 'Nile' });

  it('I7, trap 26: converts leads, each with its own outcome in request order', async () => {
    const salesforce = enterSandbox(sandbox);
    const [one, two] = [await newLead('One'), await newLead('Two')];
    const name = `<Big> & "bigger" 'deal'`;
    const [first, second, third] = await salesforce.convertLead([
      { ...asked, leadId: one, opportunity: true, opportunityName: name, notify: true },
      { ...asked, leadId: two, convertedStatus: 'No such status' },
      { ...asked, leadId: two },
    ]);
    expect(first).toMatchObject({ ok: true, contactId: expect.stringMatching(/^003/) });
    const { opportunityId } = first as { opportunityId: string };
    expect(await crm.read('Opportunity', opportunityId, ['Name'])).toMatchObject({ Name: name });
    expect(second).toMatchObject({ ok: false, code: expect.stringMatching(/^[A-Z_]+$/) });
    expect((second as { message: string }).message).not.toBe('');
    expect(third).toMatchObject({ ok: true, opportunityId: null });
    expect(await salesforce.convertLead([])).toEqual([]);
  });

  it('I8, trap 26: merges records, each with its own outcome', async () => {
    const salesforce = enterSandbox(sandbox);
    const [winner, loser, other] = [await newLead('W'), await newLead('L'), await newLead('O')];
    const request = { object: 'Lead', winnerId: winner, loserIds: [loser, other] };
    expect(await salesforce.mergeRecords([request])).toEqual([
      { ok: true, id: winner, created: false },
    ]);
    const [again] = await salesforce.mergeRecords([request]);
    expect(again).toMatchObject({
      ok: false,
      id: winner,
      code: expect.stringMatching(/^[A-Z_]+$/),
    });
  });

  it.each(['password', 'SOAP'] as const)(
    'trap 30, L1: entered by %s, a session that ended costs one login, and happens once',
    async (way) => {
      const salesforce = enterSandbox(sandbox, way);
      await salesforce.identity();
      const id = await newLead('Ended session');
      await control(sandbox, 'POST', '/faults', {
        ...{ kind: 'expire-session', path: '/services/Soap/', times: 1 },
      });
      try {
        const [outcome] = await salesforce.convertLead([{ ...asked, leadId: id }]);
        expect(outcome).toMatchObject({ ok: true });
        const [fault] = await control(sandbox, 'GET', '/faults');
        expect(fault.fired).toBe(1);
      } finally {
        await control(sandbox, 'DELETE', '/faults');
      }
    },
  );
});

describe('what SOAP answers instead', () => {
  let server: Script;
  afterEach(() => server.close());

  const soap = (answer: { status: number; body: string }) =>
    script([], ({ path }) =>
      path.startsWith('/services/Soap/') ? answer : token(server.url, server.logins.length),
    );
  const fault = (code: string, text = 'no') => ({
    status: 500,
    body: `<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${text}</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>`,
  });

  it.each([
    ['INVALID_SESSION_ID', { name: 'SessionRefused', retryable: true }],
    ['SERVER_UNAVAILABLE', { name: 'SalesforceUnavailable' }],
    ['UNKNOWN_EXCEPTION', { name: 'SalesforceUnavailable' }],
    ['UNABLE_TO_LOCK_ROW', { name: 'RowLocked' }],
    ['REQUEST_LIMIT_EXCEEDED', { name: 'RequestLimitExceeded' }],
    ['INVALID_FIELD', { name: 'SalesforceRejected', code: 'INVALID_FIELD', retryable: false }],
  ])('the fault %s is the error that REST would end in', async (code, error) => {
    server = await soap(fault(code));
    expect(await failure(server.client().convertLead([asked]))).toMatchObject(error);
  });

  it('L4: a fault’s text may quote a record, and is left out; so is an answer that is none', async () => {
    server = await soap(fault('INVALID_FIELD', 'Ada Lovelace is no such thing'));
    expect((await failure(server.client().convertLead([asked]))).message).not.toContain('Ada');
    await server.close();
    server = await soap({ status: 200, body: '<html>Ada Lovelace</html>' });
    const error = await failure(
      server.client().mergeRecords([{ object: 'Lead', winnerId: lead, loserIds: [lead] }]),
    );
    expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER' });
    expect(error.message).not.toContain('Ada');
    await server.close();
    server = await soap({ status: 503, body: 'down' });
    expect(await failure(server.client().convertLead([asked]))).toMatchObject({
      name: 'SalesforceUnavailable',
    });
  });
});
