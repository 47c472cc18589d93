import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { post, soapClient } from './soap-client.ts';

const sandbox = sandboxForTests();
let token: string;
let leadId: string;
beforeAll(async () => {
  const soap = await soapClient(sandbox, { who: sandbox.admin });
  token = soap.token;
  const made = await soap.call(
    'create',
    '<sObjects><type>Lead</type><LastName>Seen</LastName><Company>x</Company></sObjects>',
  );
  leadId = made.find(/<id>(\w{18})/)!;
});

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const XSD = 'http://www.w3.org/2001/XMLSchema';

describe('envelopes as clients write them', () => {
  const password = () => sandbox.password + sandbox.securityToken;

  it('simple-salesforce: a login with CallOptions before the body', async () => {
    const { status, text } = await post(
      sandbox,
      `<?xml version="1.0" encoding="utf-8" ?>
        <env:Envelope xmlns:xsd="${XSD}" xmlns:xsi="${XSI}" xmlns:env="${SOAP}" xmlns:urn="urn:partner.soap.sforce.com">
          <env:Header><urn:CallOptions><urn:client>RestForce</urn:client><urn:defaultNamespace>sf</urn:defaultNamespace></urn:CallOptions></env:Header>
          <env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>${sandbox.username}</n1:username><n1:password>${password()}</n1:password></n1:login></env:Body>
        </env:Envelope>`,
      { path: 'u/59.0', headers: { soapaction: 'login', charset: 'UTF-8' } },
    );
    expect(status).toBe(200);
    expect(text).toMatch(/<sessionId>[^<]+<\/sessionId>/);
    expect(text).not.toContain('LimitInfoHeader');
  });

  it('the enterprise API: a login leads to its own endpoint', async () => {
    const answer = await post(
      sandbox,
      `<soapenv:Envelope xmlns:soapenv="${SOAP}" xmlns:urn="urn:enterprise.soap.sforce.com"><soapenv:Header></soapenv:Header><soapenv:Body><urn:login><urn:username>${sandbox.username}</urn:username><urn:password>${password()}</urn:password></urn:login></soapenv:Body></soapenv:Envelope>`,
      { path: 'c/54.0/' },
    );
    expect(answer.find(/<serverUrl>[^<]*(\/services\/Soap\/[^<]*)</)).toBe(
      `/services/Soap/c/54.0/${sandbox.orgId.slice(0, 15)}`,
    );
  });

  it("Java's web service connector: gzip, its own prefixes, typed values, the org in the path", async () => {
    const body = `<?xml version="1.0" encoding="UTF-8"?><env:Envelope
   xmlns:env="${SOAP}"
   xmlns:xsd="${XSD}"
   xmlns:xsi="${XSI}">
 <env:Header>
  <SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>${token}</sessionId></SessionHeader>
 </env:Header>
 <env:Body>
  <m:create xmlns:m="urn:partner.soap.sforce.com" xmlns:sobj="urn:sobject.partner.soap.sforce.com">
   <m:sObjects>
    <sobj:type xsi:type="xsd:string">Lead</sobj:type>
    <sobj:LastName xsi:type="xsd:string">Wsc</sobj:LastName>
    <sobj:Company xsi:type="xsd:string">x</sobj:Company>
    <sobj:NumberOfEmployees xsi:type="xsd:int">3</sobj:NumberOfEmployees>
   </m:sObjects>
  </m:create>
 </env:Body>
</env:Envelope>`;
    const { status, text } = await post(sandbox, new Uint8Array(gzipSync(body)), {
      path: `u/60.0/${sandbox.orgId}`,
      headers: { 'content-encoding': 'gzip' },
    });
    expect(status).toBe(200);
    expect(text).toMatch(/<result><id>00Q\w{15}<\/id><success>true<\/success><\/result>/);
  });

  it('the PHP toolkit: ns1 and ns2, header elements with mustUnderstand, anyType children', async () => {
    const { status, text } = await post(
      sandbox,
      `<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="${SOAP}" xmlns:ns1="urn:sobject.partner.soap.sforce.com" xmlns:xsi="${XSI}" xmlns:ns2="urn:partner.soap.sforce.com"><SOAP-ENV:Header><ns2:SessionHeader SOAP-ENV:mustUnderstand="1"><ns2:sessionId>${token}</ns2:sessionId></ns2:SessionHeader></SOAP-ENV:Header><SOAP-ENV:Body><ns2:update><ns2:sObjects><ns1:type>Lead</ns1:type><ns1:Id>${leadId}</ns1:Id><Company><![CDATA[Tom & "Co" <x>]]></Company><City>Troms&#248; &amp; S&#xF8;n</City></ns2:sObjects></ns2:update></SOAP-ENV:Body></SOAP-ENV:Envelope>`,
    );
    expect(status).toBe(200);
    expect(text).toContain(`<id>${leadId}</id><success>true</success>`);
    const { rows } = await sandbox.pool.query(
      'SELECT "Company", "City" FROM org."Lead" WHERE "Id" = $1',
      [leadId],
    );
    expect(rows).toEqual([{ Company: 'Tom & "Co" <x>', City: 'Tromsø & Søn' }]);
  });

  it('soapforce (Ruby): prefixes for both namespaces, fields in that of the API', async () => {
    const { text } = await post(
      sandbox,
      `<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:xsd="${XSD}" xmlns:xsi="${XSI}" xmlns:tns="urn:partner.soap.sforce.com" xmlns:env="${SOAP}" xmlns:ins0="urn:sobject.partner.soap.sforce.com"><env:Header><tns:SessionHeader><tns:sessionId>${token}</tns:sessionId></tns:SessionHeader></env:Header><env:Body><tns:upsert><tns:externalIDFieldName>Id</tns:externalIDFieldName><tns:sObjects><ins0:type>Lead</ins0:type><tns:Id>${leadId}</tns:Id><tns:LastName>Ruby</tns:LastName></tns:sObjects></tns:upsert></env:Body></env:Envelope>`,
      { headers: { soapaction: '"upsert"' } },
    );
    expect(text).toContain('<created>false</created>');
  });

  it('beatbox (Python): default namespaces on the elements themselves, a query with its size', async () => {
    const { text } = await post(
      sandbox,
      `<s:Envelope xmlns:p="urn:partner.soap.sforce.com" xmlns:m="http://soap.sforce.com/2006/04/metadata" xmlns:o="urn:sobject.partner.soap.sforce.com" xmlns:s="${SOAP}"><s:Header><p:CallOptions><p:client>BeatBox/0.9</p:client></p:CallOptions><p:SessionHeader><p:sessionId>${token}</p:sessionId></p:SessionHeader><p:QueryOptions><p:batchSize>200</p:batchSize></p:QueryOptions></s:Header><s:Body><p:query><p:queryString>SELECT Id FROM Lead WHERE Id = '${leadId}'</p:queryString></p:query></s:Body></s:Envelope>`,
      { contentType: 'text/xml' },
    );
    expect(text).toContain('<size>1</size>');
  });

  it('pyforce (Python): a delete that calls its ids id, and the types of rows described', async () => {
    const pyforce = async (call: string) => {
      const envelope = `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="${SOAP}" xmlns:p="urn:partner.soap.sforce.com" xmlns:o="urn:sobject.partner.soap.sforce.com" xmlns:x="${XSI}"><s:Header>
<p:CallOptions><p:client>Pyforce/1.4</p:client></p:CallOptions>
<p:SessionHeader><p:sessionId>${token}</p:sessionId></p:SessionHeader></s:Header><s:Body>
${call}</s:Body></s:Envelope>`;
      const headers = { 'content-encoding': 'gzip' };
      const contentType = 'text/xml; charset=utf-8';
      return (await post(sandbox, gzipSync(envelope), { contentType, headers })).text;
    };
    const rows = async (soql: string) =>
      await pyforce(`<p:query><p:queryString>${soql}</p:queryString></p:query>`);
    expect(await rows('SELECT Status, COUNT(Id) c FROM Lead GROUP BY Status')).toContain(
      '<sf:type>AggregateResult</sf:type>',
    );
    expect(await rows('SELECT Owner.Name FROM Lead LIMIT 1')).toContain('<sf:type>Name</sf:type>');
    const described = await pyforce(
      '<p:describeSObjects><p:sObjectType>AggregateResult</p:sObjectType><p:sObjectType>Name</p:sObjectType></p:describeSObjects>',
    );
    expect(described).toContain('<label>Aggregate Result ID</label>');
    expect(described).toContain('<name>NameOrAlias</name>');
    expect(described).toContain('<urlDetail xsi:nil="true"/>');

    const made = await pyforce(
      '<p:create><p:sObjects><o:type>Lead</o:type><o:LastName>P</o:LastName><o:Company>x</o:Company></p:sObjects></p:create>',
    );
    const id = /<id>(\w{18})/.exec(made)![1];
    const remove = (call: string) => pyforce(`<p:${call}><p:id>${id}</p:id></p:${call}>`);
    expect(await remove('delete')).toContain('<success>true</success>');
    expect(await remove('delete')).toContain('<statusCode>ENTITY_IS_DELETED</statusCode>');
    expect(await remove('undelete')).toContain('<success>true</success>');
  });

  it('.NET: attributes in the envelope, xsi:type beside the type, nil fields', async () => {
    const { text } = await post(
      sandbox,
      `\ufeff<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${SOAP}" xmlns:xsi="${XSI}" xmlns:xsd="${XSD}"><soap:Header><SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>${token}</sessionId></SessionHeader></soap:Header><soap:Body><update xmlns="urn:partner.soap.sforce.com"><sObjects xsi:type="sObject"><type xmlns="urn:sobject.partner.soap.sforce.com">Lead</type><fieldsToNull xsi:nil="true" xmlns="urn:sobject.partner.soap.sforce.com" /><Id xmlns="urn:sobject.partner.soap.sforce.com">${leadId}</Id><Title xmlns="">Dot</Title></sObjects></update></soap:Body></soap:Envelope>`,
      { headers: { soapaction: '""' } },
    );
    expect(text).toContain('<success>true</success>');
  });

  it('a merge with the name of the WSDL', async () => {
    const soap = await soapClient(sandbox, { who: sandbox.admin });
    const made = await soap.call(
      'create',
      '<sObjects><type>Lead</type><LastName>M</LastName><Company>x</Company></sObjects>'.repeat(2),
    );
    const [master = '', loser = ''] = made.text.match(/00Q\w{15}/g)!;
    const { text } = await soap.call(
      'merge',
      `<request><masterRecord><type>Lead</type><Id>${master}</Id></masterRecord><recordToMergeIds>${loser}</recordToMergeIds></request>`,
    );
    expect(text).toContain(
      `<result><id>${master}</id><mergedRecordIds>${loser}</mergedRecordIds><success>true</success></result>`,
    );
  });

  it('answers gzipped to who accepts it, and as plain text to others', async () => {
    const body = `<e:Envelope xmlns:e="${SOAP}" xmlns="urn:partner.soap.sforce.com"><e:Header><SessionHeader><sessionId>${token}</sessionId></SessionHeader></e:Header><e:Body><describeSObject><sObjectType>Lead</sObjectType></describeSObject></e:Body></e:Envelope>`;
    const zipped = await fetch(`${sandbox.url}/services/Soap/u/60.0`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml', 'accept-encoding': 'gzip' },
      body,
    });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(zipped.headers.get('content-type')).toBe('text/xml;charset=UTF-8');
    expect(await zipped.text()).toContain('<name>Lead</name>');
  });
});
