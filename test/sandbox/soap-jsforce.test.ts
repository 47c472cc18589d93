import jsforce from 'jsforce';
import { ApiSchemas } from 'jsforce/lib/api/soap/schema.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { jsforceConnection } from './support-client.ts';

const sandbox = sandboxForTests();
let connection: jsforce.Connection;
beforeAll(async () => {
  connection = await jsforceConnection(sandbox, '60.0', sandbox.admin);
});

const lead = { type: 'Lead', LastName: 'Doe', Company: 'Acme' };

describe('jsforce, its SOAP API class', () => {
  it('creates, updates, upserts, deletes and undeletes', async () => {
    const { soap } = connection;
    const [made, refused] = await soap.create([
      { ...lead, Title: 'Boss' },
      { ...lead, Email: '?' },
    ]);
    expect(made).toMatchObject({ success: true, errors: [] });
    expect(refused).toMatchObject({
      success: false,
      id: null,
      errors: [{ statusCode: 'INVALID_EMAIL_ADDRESS', fields: ['Email'] }],
    });
    const id = made!.id!;
    const update = await soap.update([{ type: 'Lead', Id: id, Title: null, City: 'Oslo' }]);
    expect(update).toMatchObject([{ id, success: true }]);
    const upsert = await soap.upsert('Id', [{ type: 'Lead', Id: id, Company: '<&>' }]);
    expect(upsert).toMatchObject([{ id, created: false, success: true }]);
    expect(await connection.sobject('Lead').retrieve(id)).toMatchObject({
      Title: null,
      City: 'Oslo',
      Company: '<&>',
    });
    expect(await soap.delete([id])).toMatchObject([{ id, success: true }]);
    expect(await soap.undelete([id])).toMatchObject([{ id, success: true }]);
    expect((await connection.sobject('Lead').retrieve(id)).IsDeleted).toBe(false);
  });

  it('converts a lead', async () => {
    const { id } = await connection.sobject('Lead').create({ LastName: 'Con', Company: 'Vert' });
    const { records } = await connection.query<{ MasterLabel: string }>(
      'SELECT MasterLabel FROM LeadStatus WHERE IsConverted = true',
    );
    const convertedStatus = records[0]!.MasterLabel;
    const request = { leadId: id!, convertedStatus, doNotCreateOpportunity: false };
    const result = await connection.soap.convertLead({
      ...request,
      overwriteLeadSource: false,
      sendNotificationEmail: false,
    } as Parameters<typeof connection.soap.convertLead>[0]);
    expect(result).toMatchObject({ leadId: id, success: true, errors: [] });
    expect(result).toMatchObject({
      accountId: expect.stringMatching(/^001/),
      contactId: expect.stringMatching(/^003/),
      opportunityId: expect.stringMatching(/^006/),
    });
  });

  it('merges leads, and empties the recycle bin', async () => {
    const made = await connection.soap.create([lead, lead, lead]);
    const [master = '', one = '', two = ''] = made.map(({ id }) => id!);
    const result = await connection.soap.merge({
      masterRecord: { type: 'Lead', Id: master, Title: 'Kept' },
      recordToMergeIds: [one, two],
    } as never);
    expect(result).toMatchObject({ id: master, success: true, mergedRecordIds: [one, two] });
    expect(await connection.soap.emptyRecycleBin([one])).toMatchObject([
      { id: one, success: true },
    ]);
    const refused = await connection.soap.emptyRecycleBin([master]);
    expect(refused).toMatchObject([{ success: false }]);
  });

  it('asks about the user and the clock', async () => {
    const info = await connection.soap.getUserInfo();
    expect(info).toMatchObject({ userName: sandbox.admin.username, sessionSecondsValid: 7200 });
    const { timestamp } = await connection.soap.getServerTimestamp();
    expect(Math.abs(Date.parse(timestamp) - Date.now())).toBeLessThan(60_000);
  });

  it('an expired session is refreshed once and the call done again', async () => {
    let refreshes = 0;
    const expired = new jsforce.Connection({
      instanceUrl: sandbox.url,
      accessToken: 'gone',
      version: '60.0',
      refreshFn: async (_, callback) => {
        refreshes += 1;
        callback(null, connection.accessToken!);
      },
    });
    expect((await expired.soap.getUserInfo()).userName).toBe(sandbox.admin.username);
    expect(refreshes).toBe(1);
  });

  it('sees a fault as an error with its code', async () => {
    await expect(connection.soap.create([{ ...lead, Nope__c: '1' }])).rejects.toMatchObject({
      errorCode: 'sf:INVALID_FIELD',
      message: expect.stringContaining("No such column 'Nope__c' on entity 'Lead'"),
    });
  });

  it('sets a password and has one made up; each logs in from then on', async () => {
    const info = await connection.soap.getUserInfo();
    await connection.soap.setPassword(info.userId, 'a new Password 1');
    const { username } = sandbox.admin;
    const again = new jsforce.Connection({ loginUrl: sandbox.url });
    await again.login(username, 'a new Password 1');
    const { password } = await connection.soap.resetPassword(info.userId);
    await again.login(username, password);
    await expect(again.login(username, 'a new Password 1')).rejects.toThrow('INVALID_LOGIN');
  });
});

describe('SOAP describe', () => {
  const tags = (xml: string) => [
    ...new Set(Array.from(xml.matchAll(/<(\w+)>/g), ([, tag]) => tag!)),
  ];

  async function describeBy(call: string, inner: string): Promise<string> {
    const response = await fetch(`${sandbox.url}/services/Soap/u/60.0`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml', soapaction: 'x' },
      body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:partner.soap.sforce.com"><e:Header><p:SessionHeader><p:sessionId>${connection.accessToken}</p:sessionId></p:SessionHeader></e:Header><e:Body><p:${call}>${inner}</p:${call}></e:Body></e:Envelope>`,
    });
    expect(response.status).toBe(200);
    return response.text();
  }

  it('describes an object with the parts that the WSDL has, in its order', async () => {
    const text = await describeBy('describeSObject', '<p:sObjectType>lead</p:sObjectType>');
    expect(text).toContain('<keyPrefix>00Q</keyPrefix>');
    const field = /<fields>(?:(?!<\/fields>).)*<name>Email<\/name>.*?<\/fields>/.exec(text)![0];
    const shown = tags(field).filter((tag) => tag !== 'fields');
    const known = Object.keys(ApiSchemas.Field.props);
    expect(known).toEqual(expect.arrayContaining(shown));
    expect(shown).toEqual([...shown].sort());
    const summary = tags(
      text.replace(/<(fields|childRelationships|recordTypeInfos|supportedScopes)>.*?<\/\1>/g, ''),
    );
    expect(Object.keys(ApiSchemas.DescribeSObjectResult.props)).toEqual(
      expect.arrayContaining(summary.slice(summary.indexOf('result') + 1)),
    );
    expect(text).toContain('<defaultValue xsi:type="xsd:boolean">false</defaultValue>');
  });

  it('describes several objects and all of them', async () => {
    const two = await describeBy(
      'describeSObjects',
      '<p:sObjectType>Lead</p:sObjectType><p:sObjectType>Contact</p:sObjectType>',
    );
    expect(two.match(/<keyPrefix>\w{3}/g)).toEqual(['<keyPrefix>00Q', '<keyPrefix>003']);
    const global = await describeBy('describeGlobal', '');
    expect(global).toContain(
      '<encoding>UTF-8</encoding><maxBatchSize>200</maxBatchSize><sobjects>',
    );
    expect(global).toContain('<name>Account</name>');
  });

  it('tells what changed and what was deleted', async () => {
    const window = `<p:sObjectType>Lead</p:sObjectType><p:startDate>${new Date(Date.now() - 3_600_000).toISOString()}</p:startDate><p:endDate>${new Date(Date.now() + 3_600_000).toISOString()}</p:endDate>`;
    const { id } = await connection.sobject('Lead').create({ LastName: 'Moved', Company: 'x' });
    expect(await describeBy('getUpdated', window)).toMatch(
      new RegExp(`<ids>${id}</ids>.*<latestDateCovered>[^<]+Z</latestDateCovered></result>`),
    );
    await connection.sobject('Lead').destroy(id!);
    expect(await describeBy('getDeleted', window)).toMatch(
      new RegExp(
        `<deletedRecords><deletedDate>[^<]+Z</deletedDate><id>${id}</id></deletedRecords>.*<earliestDateAvailable>[^<]+Z</earliestDateAvailable><latestDateCovered>`,
      ),
    );
  });
});
