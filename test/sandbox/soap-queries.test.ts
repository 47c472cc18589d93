import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { type SoapClient, soapClient } from './soap-client.ts';

const sandbox = sandboxForTests({ people: 1200 });
let partner: SoapClient;
let enterprise: SoapClient;
const id: Record<'account' | 'contact' | 'empty', string> = { account: '', contact: '', empty: '' };

beforeAll(async () => {
  partner = await soapClient(sandbox, { who: sandbox.admin });
  enterprise = await soapClient(sandbox, { path: 'c/60.0', who: sandbox.admin });
  const accounts = await partner.call(
    'create',
    '<sObjects><type>Account</type><Name>Fish &amp; Chips</Name><AnnualRevenue>12345678</AnnualRevenue><BillingCity>Oslo</BillingCity></sObjects><sObjects><type>Account</type><Name>Empty</Name></sObjects>',
  );
  [id.account = '', id.empty = ''] = accounts.text.match(/001\w{15}/g)!;
  const contacts = await partner.call(
    'create',
    `<sObjects><type>Contact</type><LastName>Cod</LastName><AccountId>${id.account}</AccountId></sObjects><sObjects><type>Contact</type><LastName>Alone</LastName></sObjects>`,
  );
  id.contact = contacts.find(/<id>(003\w{15})/)!;
});

const query = (soql: string) => `<queryString>${soql.replaceAll('<', '&lt;')}</queryString>`;
const resultOf = ({ text }: { text: string }) => /<result.*<\/result>/.exec(text)![0];

describe('SOAP query in the partner API', () => {
  it('shows a record with its type, its id twice, and what is null', async () => {
    const soql = `SELECT Id, LastName, Email, Account.Name FROM Contact WHERE Id = '${id.contact}'`;
    const answer = await partner.call('query', query(soql));
    expect(resultOf(answer)).toBe(
      `<result xsi:type="QueryResult"><done>true</done><queryLocator xsi:nil="true"/><records xsi:type="sf:sObject"><sf:type>Contact</sf:type><sf:Id>${id.contact}</sf:Id><sf:Id>${id.contact}</sf:Id><sf:LastName>Cod</sf:LastName><sf:Email xsi:nil="true"/><sf:Account xsi:type="sf:sObject"><sf:type>Account</sf:type><sf:Id xsi:nil="true"/><sf:Name>Fish &amp; Chips</sf:Name></sf:Account></records><size>1</size></result>`,
    );
    expect(answer.text).toContain('xmlns:sf="urn:sobject.partner.soap.sforce.com"');
  });

  it('a parent that is not there is nil', async () => {
    const answer = await partner.call(
      'query',
      query("SELECT Account.Name FROM Contact WHERE LastName = 'Alone'"),
    );
    expect(resultOf(answer)).toContain('<sf:Account xsi:nil="true"/>');
  });

  it('nests child rows as a query result of their own, nil where there are none', async () => {
    const soql = `SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Id IN ('${id.account}', '${id.empty}') ORDER BY Name DESC`;
    const text = resultOf(await partner.call('query', query(soql)));
    expect(text).toContain(
      '<sf:Contacts xsi:type="QueryResult"><done>true</done><queryLocator xsi:nil="true"/><records xsi:type="sf:sObject"><sf:type>Contact</sf:type><sf:Id xsi:nil="true"/><sf:LastName>Cod</sf:LastName></records><size>1</size></sf:Contacts>',
    );
    expect(text).toContain('<sf:Name>Empty</sf:Name><sf:Contacts xsi:nil="true"/>');
  });

  it('writes times with Z, doubles as Java does, addresses with their parts', async () => {
    const soql = `SELECT AnnualRevenue, CreatedDate, IsDeleted, BillingAddress FROM Account WHERE Id = '${id.account}'`;
    const text = resultOf(await partner.call('query', query(soql)));
    expect(text).toContain('<sf:AnnualRevenue>1.2345678E7</sf:AnnualRevenue>');
    expect(text).toMatch(/<sf:CreatedDate>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z<\/sf:CreatedDate>/);
    expect(text).toContain('<sf:IsDeleted>false</sf:IsDeleted>');
    expect(text).toMatch(
      /<sf:BillingAddress xsi:type="address"><latitude xsi:nil="true"\/><longitude xsi:nil="true"\/><city>Oslo<\/city>/,
    );
  });

  it('aggregates say their types, and COUNT() has a size and no records', async () => {
    const grouped = await partner.call(
      'query',
      query(
        `SELECT Name, COUNT(Id), SUM(AnnualRevenue) total, MAX(CreatedDate) FROM Account WHERE Id = '${id.account}' GROUP BY Name`,
      ),
    );
    expect(resultOf(grouped)).toMatch(
      /<records xsi:type="sf:sObject"><sf:type>AggregateResult<\/sf:type><sf:Id xsi:nil="true"\/><sf:Name xsi:type="xsd:string">Fish &amp; Chips<\/sf:Name><sf:expr0 xsi:type="xsd:int">1<\/sf:expr0><sf:total xsi:type="xsd:double">1.2345678E7<\/sf:total><sf:expr1 xsi:type="xsd:dateTime">[^<]+Z<\/sf:expr1><\/records>/,
    );
    expect(grouped.text).toContain('xmlns:xsd="http://www.w3.org/2001/XMLSchema"');
    const counted = await partner.call('query', query('SELECT COUNT() FROM Contact'));
    expect(resultOf(counted)).toMatch(
      /^<result xsi:type="QueryResult"><done>true<\/done><queryLocator xsi:nil="true"\/><size>\d+<\/size><\/result>$/,
    );
  });

  it('queryAll sees the recycle bin; query does not', async () => {
    const made = await partner.call(
      'create',
      '<sObjects><type>Lead</type><LastName>Bin</LastName><Company>x</Company></sObjects>',
    );
    await partner.call('delete', `<ids>${made.find(/<id>(\w+)/)}</ids>`);
    const soql = query("SELECT Id FROM Lead WHERE LastName = 'Bin'");
    expect((await partner.call('query', soql)).text).toContain('<size>0</size>');
    expect((await partner.call('queryAll', soql)).text).toContain('<size>1</size>');
  });
});

describe('SOAP queryMore', () => {
  const lead = query('SELECT Id FROM Lead ORDER BY Id');
  const rows = (text: string) => text.match(/<records /g)?.length;

  it('leads through all pages: 500 rows each unless QueryOptions says otherwise', async () => {
    const first = await partner.call('query', lead);
    const size = Number(first.find(/<size>(\d+)/));
    expect(size).toBeGreaterThan(500);
    expect(first.find(/<done>(\w+)/)).toBe('false');
    expect(rows(first.text)).toBe(500);
    const locator = first.find(/<queryLocator>([^<]+)/);
    expect(locator).toMatch(/^01g\w{15}-500$/);
    const next = await partner.call('queryMore', `<queryLocator>${locator}</queryLocator>`);
    expect(next.find(/<done>(\w+)/)).toBe('true');
    expect(next.text).toContain(`<size>${size}</size>`);
    expect(rows(next.text)).toBe(size - 500);
    const small = await partner.call(
      'query',
      lead,
      '<QueryOptions><batchSize>200</batchSize></QueryOptions>',
    );
    expect(rows(small.text)).toBe(200);
  });

  it.each(['01gHp0000000000AAA-500', 'nonsense', '../limits', '%2e%2e/x'])(
    'an unknown locator is a fault of its own: %s',
    async (locator) => {
      const { status, text } = await partner.call(
        'queryMore',
        `<queryLocator>${locator}</queryLocator>`,
      );
      expect(status).toBe(500);
      expect(text).toContain('<faultcode>sf:INVALID_QUERY_LOCATOR</faultcode>');
      expect(text).toContain('<sf:InvalidQueryLocatorFault xsi:type');
      expect(text).not.toContain('<sf:row>');
    },
  );
});

describe('SOAP query faults', () => {
  it('an unknown column says its row and column', async () => {
    const { status, text } = await partner.call('query', query('SELECT adfId, Name FROM Contact'));
    expect(status).toBe(500);
    expect(text).toContain('<faultcode>sf:INVALID_FIELD</faultcode>');
    expect(text).toMatch(
      /<sf:InvalidFieldFault xsi:type="sf:InvalidFieldFault"><sf:exceptionCode>INVALID_FIELD<\/sf:exceptionCode><sf:exceptionMessage>\nSELECT adfId, Name FROM Contact\n {7}\^\nERROR at Row:1:Column:8\n/,
    );
    expect(text).toContain('<sf:row>1</sf:row><sf:column>8</sf:column></sf:InvalidFieldFault>');
  });

  it.each([
    ['SELECT FROM Lead', 'MALFORMED_QUERY', 'MalformedQueryFault'],
    ['', 'MALFORMED_QUERY', 'MalformedQueryFault'],
    ['SELECT Id FROM Nothing', 'INVALID_TYPE', 'InvalidSObjectFault'],
  ])('%s', async (soql, code, fault) => {
    const { status, text } = await partner.call('query', query(soql));
    expect(status).toBe(500);
    expect(text).toContain(`<faultcode>sf:${code}</faultcode><faultstring>${code}: `);
    expect(text).toContain(`<sf:${fault} xsi:type="sf:${fault}">`);
  });
});

describe('SOAP retrieve', () => {
  const retrieve = (fields: string, ids: string[], type = 'Contact') =>
    partner.call(
      'retrieve',
      `<fieldList>${fields}</fieldList><sObjectType>${type}</sObjectType>${ids.map((one) => `<ids>${one}</ids>`).join('')}`,
    );

  it('answers in the order of the ids, nil for a row that is not there', async () => {
    const { text } = await retrieve('Id, LastName,email', [
      '003Hp00000zzzzzAAA',
      id.contact.slice(0, 15),
    ]);
    expect(text).toContain(
      `<retrieveResponse><result xsi:nil="true"/><result xsi:type="sf:sObject"><sf:type>Contact</sf:type><sf:Id>${id.contact}</sf:Id><sf:Id>${id.contact}</sf:Id><sf:LastName>Cod</sf:LastName><sf:Email xsi:nil="true"/></result></retrieveResponse>`,
    );
  });

  it.each([
    [['nonsense'], 'LastName', 'Contact', 'MALFORMED_ID', 'InvalidIdFault'],
    [[], 'LastName', 'Nothing', 'INVALID_TYPE', 'InvalidSObjectFault'],
    [['003Hp00000zzzzzAAA'], 'Nope', 'Contact', 'INVALID_FIELD', 'InvalidFieldFault'],
    [
      Array(2001).fill('003Hp00000zzzzzAAA'),
      'Id',
      'Contact',
      'EXCEEDED_ID_LIMIT',
      'UnexpectedErrorFault',
    ],
  ])('refuses what it cannot retrieve (%#)', async (ids, fields, type, code, fault) => {
    const { status, text } = await retrieve(fields, ids, type);
    expect(status).toBe(500);
    expect(text).toContain(`<faultcode>sf:${code}</faultcode>`);
    expect(text).toContain(`<sf:${fault} `);
  });
});

describe('SOAP in the enterprise API', () => {
  it('types records by object, shows the id once and leaves out what is null', async () => {
    const soql = `SELECT Id, LastName, Email, Account.Name FROM Contact WHERE Id = '${id.contact}'`;
    const answer = await enterprise.call('query', query(soql));
    expect(resultOf(answer)).toBe(
      `<result><done>true</done><queryLocator xsi:nil="true"/><records xsi:type="sf:Contact"><sf:Id>${id.contact}</sf:Id><sf:LastName>Cod</sf:LastName><sf:Account xsi:type="sf:Account"><sf:Id xsi:nil="true"/><sf:Name>Fish &amp; Chips</sf:Name></sf:Account></records><size>1</size></result>`,
    );
    expect(answer.text).toContain('xmlns="urn:enterprise.soap.sforce.com"');
    expect(answer.text).toContain('xmlns:sf="urn:sobject.enterprise.soap.sforce.com"');
  });

  it('takes records whose type is xsi:type, under any prefix', async () => {
    const { text } = await enterprise.call(
      'create',
      '<sObjects xsi:type="any:Lead" xmlns:any="urn:sobject.enterprise.soap.sforce.com"><any:LastName>Doe</any:LastName><any:Company>Acme</any:Company></sObjects>',
    );
    expect(text).toMatch(/<createResponse><result><id>00Q\w{15}<\/id><success>true/);
  });

  it('a fault is of its own namespace', async () => {
    const { text } = await enterprise.call('query', query('SELECT'));
    expect(text).toContain('xmlns:sf="urn:fault.enterprise.soap.sforce.com"');
  });
});
