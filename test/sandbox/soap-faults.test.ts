import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { post, type SoapClient, soapClient } from './soap-client.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests({ people: 500 });
let soap: SoapClient;

beforeEach(async () => {
  soap = await soapClient(sandbox, { who: sandbox.admin });
});
afterEach(() => control(sandbox, 'DELETE', '/faults'));

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const envelope = (body: string, header = '', names = '') =>
  `<e:Envelope xmlns:e="${SOAP}" xmlns="urn:partner.soap.sforce.com"${names}><e:Header><SessionHeader><sessionId>${soap.token}</sessionId></SessionHeader>${header}</e:Header><e:Body>${body}</e:Body></e:Envelope>`;
const lead = (lastName: string) =>
  `<sObjects><type>Lead</type><LastName>${lastName}</LastName><Company>x</Company></sObjects>`;
const fault = (kind: string, more: object = {}) =>
  control(sandbox, 'POST', '/faults', { kind, path: '/Soap/u/', ...more });
const leads = async (lastName: string) =>
  (await sandbox.pool.query('SELECT FROM org."Lead" WHERE "LastName" = $1', [lastName])).rowCount;

describe('messages that are no SOAP calls', () => {
  it.each<[string, () => string, string, object?]>([
    ['nothing', () => '', 'Premature end of file.'],
    ['JSON', () => '{"a":1}', 'Content is not allowed in prolog.'],
    ['a web page', () => '<html/>', 'found &apos;:html&apos;'],
    ['an unfinished message', () => envelope('<query>').slice(0, -12), 'The element type'],
    ['an empty body', () => envelope(''), 'The SOAP body holds no call.'],
    ['no body', () => `<e:Envelope xmlns:e="${SOAP}"/>`, 'The SOAP body holds no call.'],
    [
      'SOAP 1.2',
      () => envelope('<query/>').replace(SOAP, 'http://www.w3.org/2003/05/soap-envelope'),
      'Version Mismatch',
    ],
    [
      'an unknown call',
      () => envelope('<findAll/>'),
      'No operation available for request {urn:partner.soap.sforce.com}findAll, please check the WSDL for the service.',
    ],
    ['a name that objects inherit', () => envelope('<constructor/>'), 'No operation available'],
    [
      'a call of the other API',
      () => envelope('<query xmlns="urn:enterprise.soap.sforce.com"/>'),
      'No operation available for request {urn:enterprise.soap.sforce.com}query',
    ],
    [
      'a call in no namespace',
      () => envelope('<query xmlns=""/>'),
      'No operation available for request {}query',
    ],
    [
      'an endpoint that is none',
      () => envelope('<query/>'),
      'No operation available',
      { path: 'm/60.0' },
    ],
    [
      'a body of another type',
      () => envelope('<query/>'),
      'sf:UNSUPPORTED_MEDIA_TYPE',
      { contentType: 'text/csv' },
    ],
    [
      'a form',
      () => envelope('<query/>'),
      'The request holds no XML.',
      { contentType: 'application/x-www-form-urlencoded' },
    ],
    [
      'a header that must be understood',
      () => envelope('<getUserInfo/>', '<x:Odd xmlns:x="urn:x" e:mustUnderstand="1"/>'),
      'Did not understand header {urn:x}Odd',
    ],
    [
      'a truth value that is none',
      () =>
        envelope(
          '<getUserInfo/>',
          '<AllOrNoneHeader><allOrNone>maybe</allOrNone></AllOrNoneHeader>',
        ),
      '&apos;maybe&apos; is not a valid value for the type xsd:boolean',
    ],
  ])('%s is a fault', async (_, body, message, options) => {
    const { status, text } = await post(sandbox, body(), options);
    expect(status).toBe(500);
    expect(text).toMatch(/^<\?xml .*<soapenv:Fault><faultcode>(sf|soapenv):/);
    expect(text).toContain(message);
  });

  it('an unknown header that need not be understood is passed over', async () => {
    const { status } = await post(
      sandbox,
      envelope('<getUserInfo/>', '<x:Odd xmlns:x="urn:x" e:mustUnderstand="0"/><Odder/>'),
    );
    expect(status).toBe(200);
  });

  it.each(['30.0', '68.0', 'v60.0', '60.5', 'x'])('version %s is none', async (version) => {
    const { status, text } = await post(sandbox, envelope('<getUserInfo/>'), {
      path: `u/${version}`,
    });
    expect(status).toBe(500);
    expect(text).toContain(
      '<faultcode>sf:UNSUPPORTED_API_VERSION</faultcode><faultstring>UNSUPPORTED_API_VERSION: Invalid Api version specified on URL</faultstring>',
    );
  });

  it('a dead session, or none, is INVALID_SESSION_ID as clients look for it', async () => {
    for (const body of [
      envelope('<getUserInfo/>').replace(soap.token, 'dead'),
      envelope('<getUserInfo/>').replace(/<SessionHeader>.*<\/SessionHeader>/, ''),
    ]) {
      const { status, text } = await post(sandbox, body);
      expect(status).toBe(500);
      expect(text).toContain(
        '<faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session</faultstring><detail><sf:UnexpectedErrorFault xsi:type="sf:UnexpectedErrorFault"><sf:exceptionCode>INVALID_SESSION_ID</sf:exceptionCode>',
      );
    }
  });

  it('invalidateSessions ends the sessions it names', async () => {
    const other = await soapClient(sandbox);
    const { text } = await soap.call(
      'invalidateSessions',
      `<sessionIds>${other.token}</sessionIds>`,
    );
    expect(text).toContain('<invalidateSessionsResponse><result><success>true</success></result>');
    expect((await other.call('getUserInfo')).text).toContain('INVALID_SESSION_ID');
    expect((await soap.call('getUserInfo')).status).toBe(200);
  });
});

describe('faults of the control URL on SOAP calls', () => {
  it('row-lock strikes records one by one', async () => {
    await fault('row-lock', { times: 1 });
    const { text } = await soap.call('create', lead('Locked') + lead('Free'));
    expect(text).toMatch(
      /<result><errors><message>unable to obtain exclusive access to this record<\/message><statusCode>UNABLE_TO_LOCK_ROW<\/statusCode><\/errors><id xsi:nil="true"\/><success>false<\/success><\/result><result><id>/,
    );
    expect(await leads('Locked')).toBe(0);
  });

  it('an object narrows a fault to calls about it: by type, by id or in a query', async () => {
    await fault('limit', { object: 'Lead' });
    const refused = 'REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.';
    const calls: [string, string][] = [
      ['create', lead('x')],
      ['delete', '<ids>00QHp00000zzzzz</ids>'],
      ['query', '<queryString>SELECT Id FROM Lead</queryString>'],
      ['describeSObject', '<sObjectType>lead</sObjectType>'],
    ];
    for (const [name, inner] of calls) {
      const { status, text } = await soap.call(name, inner);
      expect(status).toBe(500);
      expect(text).toContain(refused);
    }
    const contact = await soap.call(
      'query',
      '<queryString>SELECT Id FROM Contact LIMIT 1</queryString>',
    );
    expect(contact.status).toBe(200);
  });

  it('expire-session ends the session, also for the calls to come', async () => {
    await fault('expire-session', { times: 1 });
    for (let calls = 0; calls < 2; calls += 1)
      expect((await soap.call('getUserInfo')).text).toContain('sf:INVALID_SESSION_ID');
  });

  it('drop-after does the work and breaks off; a call that was refused keeps its answer', async () => {
    await fault('drop-after', { times: 1 });
    const { status } = await soap.call('create', '<sObjects><type>Nope</type></sObjects>');
    expect(status).toBe(500);
    await expect(soap.call('create', lead('Dropped'))).rejects.toThrow();
    expect(await leads('Dropped')).toBe(1);
  });

  it('error answers with its status, as a fault; nothing is done', async () => {
    await fault('error', { times: 1 });
    const { status, text } = await soap.call('create', lead('Unserved'));
    expect(status).toBe(503);
    expect(text).toContain('<faultcode>sf:SERVER_UNAVAILABLE</faultcode>');
    expect(await leads('Unserved')).toBe(0);
  });

  it('break-page breaks a page of a query in the middle', async () => {
    await fault('break-page', { times: 1 });
    const soql = '<queryString>SELECT Id, Name FROM Lead LIMIT 200</queryString>';
    await expect(soap.call('query', soql)).rejects.toThrow();
    expect((await soap.call('query', soql)).status).toBe(200);
  });

  it('late-commit keeps a write from being seen before it is answered', async () => {
    await fault('late-commit', { ms: 300, times: 1 });
    const answer = soap.call('create', lead('Late'));
    await sleep(100);
    expect(await leads('Late')).toBe(0);
    expect((await answer).status).toBe(200);
    expect(await leads('Late')).toBe(1);
  });

  it('calls are counted, logins and unreadable messages are not', async () => {
    const count = async () => (await control(sandbox, 'GET', '/calls')).byKind.soap ?? 0;
    const before = await count();
    const answer = await soap.call(
      'query',
      '<queryString>SELECT Id FROM Lead LIMIT 1</queryString>',
    );
    await post(sandbox, 'nothing');
    expect(await count()).toBe(before + 1);
    expect(Number(answer.find(/<current>(\d+)/))).toBe(
      (await control(sandbox, 'GET', '/calls')).total,
    );
  });
});
