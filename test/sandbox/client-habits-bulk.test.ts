import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import {
  BEARER,
  type Exchange,
  exchange,
  FORM,
  ID,
  JSON_TYPE,
  OAUTH,
  valuesOf,
  XML_ID,
} from './client-exchanges.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests();
const values = forTests(() => valuesOf(sandbox));

const NAMESPACE = 'xmlns="http://www.force.com/2009/06/asyncapi/dataload"';

function airbyte(): Exchange[] {
  const headers = { ...BEARER, 'user-agent': 'python-requests/2.32.3', accept: '*/*' };
  const json = { ...headers, ...JSON_TYPE };
  const data = '/services/data/v57.0';
  const job = (query: string) => ({
    send: `POST ${data}/jobs/query`,
    headers: json,
    body: {
      operation: 'queryAll',
      query,
      contentType: 'CSV',
      columnDelimiter: 'COMMA',
      lineEnding: 'LF',
    },
  });
  return [
    {
      ...OAUTH,
      body: 'grant_type=refresh_token&client_id={clientId}&client_secret={clientSecret}&refresh_token={refreshToken}',
    },
    { send: `GET ${data}/sobjects`, headers, answer: { maxBatchSize: 200 } },
    { send: `GET ${data}/sobjects/Lead/describe`, headers, answer: { queryable: true } },
    {
      send: `GET ${data}/queryAll?q=SELECT+Id,SystemModstamp+FROM+Lead+WHERE+SystemModstamp+%3E%3D+{lastWeek}+AND+SystemModstamp+%3C+{tomorrow}`,
      headers,
      answer: { done: true },
    },
    {
      ...job('SELECT Id, MailingAddress FROM Contact'),
      status: 400,
      answer: [{ message: 'Selecting compound data not supported in Bulk Query' }],
    },
    {
      ...job('SELECT Id FROM TaskStatus'),
      status: 400,
      answer: [
        {
          errorCode: 'INVALIDENTITY',
          message: expect.stringContaining('is not supported by the Bulk API'),
        },
      ],
    },
    {
      ...job(
        'SELECT Id, Name, SystemModstamp FROM Lead WHERE SystemModstamp >= 2020-01-01T00:00:00.000+00:00',
      ),
      keep: { id: ID },
    },
    { send: `GET ${data}/jobs/query/{id}`, headers, until: true, answer: { state: 'JobComplete' } },
    {
      send: `GET ${data}/jobs/query/{id}/results`,
      headers: { ...headers, 'accept-encoding': 'gzip' },
      answer: /^"Id","Name","SystemModstamp"\n"00Q/,
      keep: { locator: /sforce-locator: (null)/ },
    },
    { send: `DELETE ${data}/jobs/query/{id}`, headers, status: 204 },
  ];
}

function tapSalesforce(): Exchange[] {
  const headers = { 'x-sfdc-session': '{session}', ...JSON_TYPE };
  const job = '/services/async/61.0/job';
  return [
    OAUTH,
    {
      send: 'GET /services/data/v61.0/limits',
      headers: BEARER,
      answer: { DailyBulkApiBatches: { Max: expect.any(Number), Remaining: expect.any(Number) } },
      keep: { used: /sforce-limit-info: api-usage=(\d+)\/\d+\n/ },
    },
    {
      send: `POST ${job}`,
      headers: { ...headers, 'sforce-disable-batch-retry': 'true' },
      body: { operation: 'queryAll', object: 'Lead', contentType: 'CSV' },
      status: 201,
      keep: { job: ID },
    },
    {
      send: `POST ${job}/{job}/batch`,
      headers: { ...headers, 'content-type': 'text/csv' },
      body: 'SELECT Id,Name,SystemModstamp FROM Lead WHERE SystemModstamp >= 2020-01-01T00:00:00.000000Z  ORDER BY SystemModstamp ASC',
      status: 201,
      answer: /^<\?xml[^>]*\?>\s*<batchInfo\s/,
      keep: { batch: XML_ID },
    },
    { send: `POST ${job}/{job}`, headers, body: { state: 'Closed' }, answer: { state: 'Closed' } },
    {
      send: `GET ${job}/{job}/batch/{batch}`,
      headers,
      until: true,
      answer: /<state>Completed<\/state>/,
    },
    { send: `GET ${job}/{job}/batch`, headers, answer: /<batchInfoList[^>]*>\s*<batchInfo>/ },
    {
      send: `GET ${job}/{job}/batch/{batch}/result`,
      headers,
      answer: /<result-list /,
      keep: { result: /<result>(\w+)<\/result>/ },
    },
    {
      send: `GET ${job}/{job}/batch/{batch}/result/{result}`,
      headers: { ...headers, 'content-type': 'text/csv' },
      answer: /^"Id","Name","SystemModstamp"\n"00Q/,
    },
    {
      send: `GET ${job}/750000000000000AAA`,
      headers,
      status: 400,
      answer: { exceptionCode: 'InvalidJob' },
    },
  ];
}

function wscBulk(): Exchange[] {
  const zipped = {
    'content-encoding': 'gzip',
    'accept-encoding': 'gzip',
    accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
  };
  const headers = {
    'x-sfdc-session': '{session}',
    'user-agent': 'Salesforce Web Service Connector For Java/1.0',
  };
  const xml = { ...headers, ...zipped, 'content-type': 'application/xml; charset=UTF-8' };
  const job = '/services/async/58.0/job';
  return [
    OAUTH,
    {
      send: `POST ${job}/`,
      headers: xml,
      body: gzipSync(
        `<?xml version="1.0" encoding="UTF-8"?><jobInfo ${NAMESPACE}><operation>insert</operation><object>Lead</object><concurrencyMode>Parallel</concurrencyMode><contentType>CSV</contentType></jobInfo>`,
      ),
      status: 201,
      keep: { job: XML_ID },
    },
    {
      send: `POST ${job}/{job}/batch`,
      headers: {
        ...headers,
        ...zipped,
        'content-type': 'text/csv; charset=UTF-8',
        'transfer-encoding': 'chunked',
      },
      body: gzipSync('"LastName","Company"\n"Wsc","Java & Co"\n"","none"\n'),
      status: 201,
      keep: { batch: XML_ID },
    },
    {
      send: `POST ${job}/{job}`,
      headers: { ...headers, 'content-type': 'application/xml; charset=UTF-8' },
      body: `<?xml version="1.0" encoding="UTF-8"?><jobInfo ${NAMESPACE}><id>{job}</id><state>Closed</state></jobInfo>`,
      answer: /<state>Closed<\/state>/,
    },
    { send: `GET ${job}/{job}/batch/`, headers, until: true, answer: /<state>Completed<\/state>/ },
    {
      send: `GET ${job}/{job}/batch/{batch}/result`,
      headers: { ...headers, 'accept-encoding': 'gzip' },
      answer:
        /^"Id","Success","Created","Error"\n"00Q\w{15}","true","true",""\n"","false","false","REQUIRED_FIELD_MISSING:.*LastName/,
    },
    {
      send: `GET ${job}/{job}`,
      headers,
      answer: /<numberRecordsProcessed>2<.*<numberRecordsFailed>1</s,
    },
  ];
}

/** It compares the whole Content-Type, and describes its jobs in XML whatever their batches are. */
function salesforceBulk(contentType: 'CSV' | 'JSON', type: string): Exchange[] {
  const headers = { 'x-sfdc-session': '{session}', 'accept-encoding': 'gzip' };
  const xml = { ...headers, 'content-type': 'application/xml; charset=UTF-8' };
  const rows = { ...headers, 'content-type': `${type}; charset=UTF-8` };
  const job = '/services/async/40.0/job';
  const isType = { type: new RegExp(`^content-type: (${type})$`, 'm') };
  const create = (operation: string): Exchange => ({
    send: `POST ${job}`,
    headers: xml,
    body: `<jobInfo ${NAMESPACE}><operation>${operation}</operation><object>Lead</object><contentType>${contentType}</contentType></jobInfo>`,
    status: 201,
    keep: { job: XML_ID, type: /^content-type: (application\/xml)$/m },
  });
  const batch = (body: string): Exchange[] => [
    {
      send: `POST ${job}/{job}/batch`,
      headers: rows,
      body,
      status: 201,
      keep: { batch: /(751\w{15})/ },
    },
    {
      send: `POST ${job}/{job}`,
      headers: xml,
      body: `<jobInfo ${NAMESPACE}><state>Closed</state></jobInfo>`,
      answer: /<state>Closed<\/state>/,
    },
    { send: `GET ${job}/{job}/batch/{batch}`, headers: xml, until: true, answer: /Completed/ },
  ];
  const lead = [{ LastName: 'Bulk', Company: 'x' }];
  return [
    OAUTH,
    create('insert'),
    ...batch(
      contentType === 'CSV' ? '"LastName","Company"\r\n"Bulk","x"\r\n' : JSON.stringify(lead),
    ),
    { send: `GET ${job}/{job}/batch/{batch}/result`, headers: xml, answer: /00Q/, keep: isType },
    create('query'),
    ...batch("SELECT Id, LastName FROM Lead WHERE LastName = 'Bulk'"),
    {
      send: `GET ${job}/{job}/batch/{batch}/result`,
      headers: xml,
      keep: { result: /(752\w{15})/ },
    },
    {
      send: `GET ${job}/{job}/batch/{batch}/result/{result}`,
      headers: xml,
      answer: /Bulk/,
      keep: isType,
    },
    // What there is not is refused in XML, too.
    {
      send: `POST ${job}/{job}/nothing`,
      headers: xml,
      body: 'a',
      status: 400,
      answer: /<exceptionCode>InvalidUrl</,
    },
  ];
}

function dotNetToolkit(): Exchange[] {
  const headers = {
    ...BEARER,
    'user-agent': 'forcedotcom-toolkit-dotnet/v36.0',
    accept: 'application/json',
  };
  const bulk = {
    'x-sfdc-session': '{session}',
    'user-agent': 'forcedotcom-toolkit-dotnet/v36.0',
    accept: 'application/xml',
  };
  const xml = { ...bulk, 'content-type': 'application/xml; charset=utf-8' };
  const data = '/services/data/v36.0';
  return [
    {
      ...OAUTH,
      headers: {
        ...FORM,
        'user-agent': 'forcedotcom-toolkit-dotnet/v36.0',
        accept: 'application/json',
      },
      body: 'grant_type=password&client_id={clientId}&client_secret={clientSecret}&username={username}&password={password}',
    },
    { send: `GET ${data}/sobjects`, headers, answer: { encoding: 'UTF-8' } },
    { send: `GET ${data}/sobjects/Lead`, headers, answer: { objectDescribe: { name: 'Lead' } } },
    {
      send: `POST ${data}/sobjects/Lead`,
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
      body: { LastName: 'D', Company: 'x', City: null },
      status: 201,
      keep: { id: ID },
    },
    {
      send: `PATCH ${data}/sobjects/Lead/{id}`,
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
      body: { City: 'Oslo' },
      status: 204,
    },
    {
      send: 'POST /services/async/36.0/job',
      headers: xml,
      body: `<?xml version="1.0" encoding="utf-16"?><jobInfo ${NAMESPACE} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><operation>insert</operation><object>Lead</object><contentType>XML</contentType></jobInfo>`,
      status: 201,
      keep: { job: XML_ID },
    },
    {
      send: 'POST /services/async/36.0/job/{job}/batch',
      headers: xml,
      body: `<sObjects ${NAMESPACE} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><sObject><LastName>Net</LastName><Company>x</Company></sObject></sObjects>`,
      status: 201,
      keep: { batch: XML_ID },
    },
    {
      send: 'GET /services/async/36.0/job/{job}/batch/{batch}',
      headers: bulk,
      until: true,
      answer: /<state>Completed<\/state>/,
    },
    {
      send: 'GET /services/async/36.0/job/{job}/batch/{batch}/result',
      headers: bulk,
      answer: /<success>true<\/success>/,
    },
  ];
}

it.each<[string, () => Exchange[]]>([
  ['Airbyte', airbyte],
  ['tap-salesforce (Singer, Meltano)', tapSalesforce],
  ["WSC's Bulk (Java, Data Loader)", wscBulk],
  ['salesforce-bulk (Python), in CSV', () => salesforceBulk('CSV', 'text/csv')],
  ['salesforce-bulk (Python), in JSON', () => salesforceBulk('JSON', 'application/json')],
  ['the toolkit for .NET', dotNetToolkit],
])('%s gets what it asks for', (_client, exchanges) => exchange(sandbox.url, exchanges(), values));
