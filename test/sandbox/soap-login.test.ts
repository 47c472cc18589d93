import jsforce from 'jsforce';
import { describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { control } from './support-client.ts';

const sandbox = sandboxForTests();

async function loggedIn() {
  const connection = new jsforce.Connection({ loginUrl: sandbox.url });
  await connection.login(sandbox.username, sandbox.password + sandbox.securityToken);
  return connection;
}

const soap = (body: string) =>
  fetch(`${sandbox.url}/services/Soap/u/59.0`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml', soapaction: '""' },
    body,
  });

describe('SOAP login', () => {
  it('L1: jsforce logs in, and its session serves REST as well', async () => {
    const connection = await loggedIn();
    expect(connection.userInfo?.organizationId).toBe(sandbox.orgId);
    expect(connection.instanceUrl).toBe(sandbox.url);
    expect((await connection.identity()).username).toBe(sandbox.username);
  });

  it('any prefix will do, and the tags that clients cut out are plain', async () => {
    const password = sandbox.password + sandbox.securityToken;
    const response = await soap(
      `<?xml version="1.0" encoding="utf-8" ?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:u="urn:partner.soap.sforce.com"><env:Body><u:login><u:username>${sandbox.username}</u:username><u:password>${password}</u:password></u:login></env:Body></env:Envelope>`,
    );
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toContain(`<organizationId>${sandbox.orgId}</organizationId>`);
    expect(text).toMatch(/<sessionId>[^<]+<\/sessionId>/);
    expect(text).toContain(
      `<serverUrl>${sandbox.url}/services/Soap/u/59.0/${sandbox.orgId.slice(0, 15)}</serverUrl>`,
    );
  });

  it('L1: a wrong password is a fault with HTTP 500', async () => {
    const response = await soap(
      `<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Body><login xmlns="urn:partner.soap.sforce.com"><username>${sandbox.username}</username><password>no</password></login></se:Body></se:Envelope>`,
    );
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('<faultcode>sf:INVALID_LOGIN</faultcode>');
    expect(text).toContain(
      '<faultstring>INVALID_LOGIN: Invalid username, password, security token; or user locked out.</faultstring>',
    );
  });

  it('L1: login() is gone from 65.0 on, and up to then it is there', async () => {
    const password = sandbox.password + sandbox.securityToken;
    const login = (version: string) =>
      new jsforce.Connection({ loginUrl: sandbox.url, version }).login(sandbox.username, password);
    await expect(login('65.0')).rejects.toThrow('UNSUPPORTED_API_VERSION');
    await expect(login('64.0')).resolves.toBeDefined();
  });

  it('a password without the token that it needs is a fault of its own', async () => {
    const login = new jsforce.Connection({ loginUrl: sandbox.url }).login(
      sandbox.username,
      sandbox.password,
    );
    await expect(login).rejects.toThrow(/^LOGIN_MUST_USE_SECURITY_TOKEN: /);
  });

  it('with an expired password nothing can be done but set another', async () => {
    const { username, password } = sandbox.admin;
    await control(sandbox, 'POST', '/users', { username, passwordExpired: true });
    const answer = await soap(
      `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><login xmlns="urn:partner.soap.sforce.com"><username>${username}</username><password>${password}</password></login></e:Body></e:Envelope>`,
    );
    const text = await answer.text();
    expect(text).toContain('<passwordExpired>true</passwordExpired>');
    const userId = /<userId>(\w+)/.exec(text)![1];
    const call = async (inner: string) =>
      (
        await soap(
          `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><e:Header><SessionHeader><sessionId>${/<sessionId>([^<]+)/.exec(text)![1]}</sessionId></SessionHeader></e:Header><e:Body>${inner}</e:Body></e:Envelope>`,
        )
      ).text();
    expect(await call('<getUserInfo/>')).toContain('sf:INVALID_OPERATION_WITH_EXPIRED_PASSWORD');
    const renewed = await call(
      `<setPassword><userId>${userId}</userId><password>${password}</password></setPassword>`,
    );
    expect(renewed).toContain('<setPasswordResponse>');
    expect(await call('<getUserInfo/>')).toContain(`<userName>${username}</userName>`);
  });

  it('in an org without the API neither logins nor calls are served', async () => {
    const connection = await loggedIn();
    await control(sandbox, 'POST', '/settings', { apiEnabled: false });
    const disabled = 'API_DISABLED_FOR_ORG: API is not enabled for this Organization or Partner';
    await expect(loggedIn()).rejects.toThrow(disabled);
    await expect(connection.soap.getServerTimestamp()).rejects.toThrow(disabled);
    await control(sandbox, 'POST', '/settings', { apiEnabled: true });
  });

  it('getUserInfo and getServerTimestamp want a live session; logout ends it', async () => {
    const connection = await loggedIn();
    const { accessToken } = connection;
    const call = (name: string) =>
      soap(
        `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header xmlns="urn:partner.soap.sforce.com"><SessionHeader><sessionId>${accessToken}</sessionId></SessionHeader></e:Header><e:Body xmlns="urn:partner.soap.sforce.com"><${name}/></e:Body></e:Envelope>`,
      );
    expect(await (await call('getUserInfo')).text()).toContain(
      `<userName>${sandbox.username}</userName>`,
    );
    expect(await (await call('getServerTimestamp')).text()).toMatch(/<timestamp>20\d\d-/);
    expect((await call('logout')).status).toBe(200);
    const after = await call('getServerTimestamp');
    expect(after.status).toBe(500);
    expect(await after.text()).toContain('<faultcode>sf:INVALID_SESSION_ID</faultcode>');
  });

  it('C8: undelete brings records back from the recycle bin, and says of each what became of it', async () => {
    const connection = await loggedIn();
    const created = await connection.sobject('Lead').create({ LastName: 'Back', Company: 'Acme' });
    const id = created.id!;
    await connection.sobject('Lead').destroy(id);
    const results = await connection.soap.undelete([id, id]);
    expect(results).toMatchObject([
      { id, success: true },
      { id, success: false, errors: [{ statusCode: 'UNDELETE_FAILED' }] },
    ]);
    expect((await connection.sobject('Lead').retrieve(id)).IsDeleted).toBe(false);
  });
});
