import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import {
  BEARER,
  type Exchange,
  exchange,
  ID,
  JSON_TYPE,
  OAUTH,
  valuesOf,
} from './client-exchanges.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';

const sandbox = sandboxForTests();
const values = forTests(() => valuesOf(sandbox));

function restforce(): Exchange[] {
  const headers = {
    authorization: 'OAuth {session}',
    accept: '*/*',
    'user-agent': 'Faraday v2.9.0',
  };
  const json = { ...headers, ...JSON_TYPE };
  const data = '/services/data/v41.0';
  return [
    {
      ...OAUTH,
      body: 'client_id={clientId}&client_secret={clientSecret}&grant_type=password&password={password}&username={username}',
      answer: { instance_url: sandbox.url, token_type: 'Bearer' },
      keep: { ...OAUTH.keep, identity: /"id"\s*:\s*"https?:\/\/[^/]+(\/id\/[^"]+)"/ },
    },
    { send: `GET ${data}/`, headers, answer: { sobjects: `${data}/sobjects` } },
    { send: 'GET {identity}', headers, answer: { username: sandbox.username } },
    { send: `GET ${data}/query?q=select+id+from+Organization`, headers, answer: { totalSize: 1 } },
    {
      send: `POST ${data}/sobjects/Lead`,
      headers: json,
      body: { LastName: 'R', Company: 'x' },
      status: 201,
      keep: { id: ID },
    },
    {
      send: `PATCH ${data}/sobjects/Lead/{id}`,
      headers: json,
      body: { City: 'Oslo' },
      status: 204,
    },
    { send: `GET ${data}/sobjects/Lead/{id}?fields=Id,City`, headers, answer: { City: 'Oslo' } },
    // It puts a slash of its own before a path that has one.
    {
      send: `GET ${data}//sobjects/Lead/updated/?start={lastWeek}&end={tomorrow}`,
      headers,
      answer: /"ids":\["00Q/,
    },
    { send: `GET ${data}/query?explain=SELECT+Id+FROM+Lead`, headers, answer: { plans: [{}] } },
    { send: `GET ${data}/recent?limit=5`, headers, answer: [] },
    { send: `DELETE ${data}/sobjects/Lead/{id}`, headers, status: 204 },
  ];
}

function simpleforce(): Exchange[] {
  const headers = { ...BEARER, ...JSON_TYPE, 'user-agent': 'Go-http-client/1.1' };
  const data = '/services/data/v43.0';
  return [
    {
      // The host that it is made with ends in a slash, as it sees to itself.
      send: 'POST //services/Soap/u/43.0',
      headers: { 'content-type': 'text/xml', charset: 'UTF-8', soapaction: 'login' },
      body: `<?xml version="1.0" encoding="utf-8" ?>
        <env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com">
          <env:Header><urn:CallOptions><urn:client>simpleforce</urn:client><urn:defaultNamespace>sf</urn:defaultNamespace></urn:CallOptions></env:Header>
          <env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{adminName}</n1:username><n1:password>{adminPassword}</n1:password></n1:login></env:Body>
        </env:Envelope>`,
      keep: { session: /<sessionId>([^<]+)/ },
    },
    {
      send: `GET ${data}/query?q=SELECT%20Id%20FROM%20Lead%20WHERE%20IsConverted%20=%20false%20LIMIT%202`,
      headers,
      answer: { totalSize: 2 },
    },
    {
      send: `GET ${data}/tooling/query?q=SELECT%20Id%20FROM%20CustomField%20LIMIT%201`,
      headers,
      answer: { done: true },
    },
    {
      send: `POST ${data}/sobjects/Lead/`,
      headers,
      body: { LastName: 'G', Company: 'x' },
      status: 201,
      keep: { id: ID },
    },
    { send: `GET ${data}/sobjects/Lead/{id}`, headers, answer: { LastName: 'G' } },
    { send: `GET ${data}/sobjects/Lead/describe`, headers, answer: { name: 'Lead' } },
    { send: `DELETE ${data}/sobjects/Lead/{id}`, headers, status: 204 },
  ];
}

/** Told to compress, it says so of every request. */
function goSalesforce(): Exchange[] {
  const headers = {
    ...BEARER,
    ...JSON_TYPE,
    'user-agent': 'go-salesforce',
    accept: 'application/json',
    'content-encoding': 'gzip',
    'accept-encoding': 'gzip',
  };
  const data = '/services/data/v63.0';
  const lead = { LastName: 'K', Company: 'x' };
  const collection = { records: [{ attributes: { type: 'Lead' }, ...lead }], allOrNone: false };
  return [
    OAUTH,
    {
      send: `POST ${data}/sobjects/Lead`,
      headers,
      body: gzipSync(JSON.stringify(lead)),
      status: 201,
      keep: { id: ID },
    },
    { send: `GET ${data}/query/?q=SELECT+Id+FROM+Lead+LIMIT+1`, headers, answer: { totalSize: 1 } },
    { send: `DELETE ${data}/sobjects/Lead/{id}`, headers, status: 204 },
    {
      send: `POST ${data}/composite/sobjects/`,
      headers,
      body: gzipSync(JSON.stringify(collection)),
      keep: { id: ID },
    },
    {
      send: `DELETE ${data}/composite/sobjects/?ids={id}&allOrNone=false`,
      headers,
      answer: [{ success: true }],
    },
  ];
}

function n8n(): Exchange[] {
  const headers = { ...BEARER, ...JSON_TYPE, accept: 'application/json' };
  const data = '/services/data/v39.0';
  const paging = { ...headers, 'sforce-query-options': 'batchSize=200' };
  const query = 'q=SELECT%20id%2Cfirstname%2Clastname%2Cemail%20FROM%20Contact%20';
  const many = Array.from({ length: 200 }, (_, i) => ({
    attributes: { type: 'Contact' },
    LastName: `Page ${i}`,
  }));
  return [
    {
      ...OAUTH,
      body: 'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={jwt}',
    },
    { send: `GET ${data}/sobjects`, headers, answer: /"name":"Lead"/ },
    {
      send: `GET ${data}/query?q=SELECT%20id%2Ccompany%2Cfirstname%2Clastname%2Cstreet%2CpostalCode%2Ccity%2Cemail%2Cstatus%20FROM%20Lead%20%20LIMIT%203`,
      headers,
      answer: { totalSize: 3 },
    },
    { send: 'POST /services/data/v60.0/composite/sobjects', headers, body: { records: many } },
    {
      send: `GET ${data}/query?${query}`,
      headers: paging,
      answer: { done: false },
      keep: { locator: /"nextRecordsUrl":"[^"]*\/query\/([^"]+)/ },
    },
    // A further page keeps the query of the first.
    { send: `GET ${data}/query/{locator}?${query}`, headers: paging, answer: { done: true } },
    {
      send: `POST ${data}/sobjects/lead`,
      headers,
      body: { LastName: 'N', Company: 'x' },
      status: 201,
      keep: { id: ID },
    },
    { send: `PATCH ${data}/sobjects/lead/Id/{id}`, headers, body: { City: 'Oslo' }, status: 204 },
    { send: `GET ${data}/sobjects/lead/{id}`, headers, answer: { City: 'Oslo' } },
    { send: `DELETE ${data}/sobjects/lead/{id}`, headers, status: 204 },
  ];
}

function salesforceCli(): Exchange[] {
  const headers = {
    ...BEARER,
    ...JSON_TYPE,
    'user-agent': 'sfdx toolbelt:{orgId}',
    'sforce-call-options': 'client=sfdx toolbelt:',
  };
  const data = '/services/data/v67.0';
  return [
    {
      ...OAUTH,
      body: 'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={jwt}',
    },
    { send: 'GET /services/data', headers, answer: /"version":"67\.0"\}\]$/ },
    {
      send: 'GET /services/oauth2/userinfo',
      headers: BEARER,
      answer: { organization_id: sandbox.orgId, preferred_username: sandbox.username },
    },
    {
      send: `GET //services/data/v51.0/query?q=SELECT%20Id%20FROM%20ScratchOrgInfo%20limit%201`,
      headers: BEARER,
      status: 400,
      answer: [{ errorCode: 'INVALID_TYPE' }],
    },
    {
      send: `GET ${data}/query?q=SELECT%20Name%2C%20InstanceName%2C%20NamespacePrefix%2C%20IsSandbox%2C%20TrialExpirationDate%20FROM%20Organization`,
      headers,
      answer: { totalSize: 1 },
    },
    {
      send: `GET ${data}/limits/recordCount?sObjects=Lead%2CContact`,
      headers,
      answer: { sObjects: [{ name: 'Contact' }, { name: 'Lead' }] },
    },
    { send: `GET ${data}/sobjects/`, headers, answer: { encoding: 'UTF-8' } },
    {
      send: `POST ${data}/composite/tree/Lead`,
      headers,
      body: {
        records: [{ attributes: { type: 'Lead', referenceId: 'L1' }, LastName: 'C', Company: 'x' }],
      },
      status: 201,
      answer: { hasErrors: false },
    },
    {
      send: `POST ${data}/jobs/ingest`,
      headers,
      body: {
        operation: 'upsert',
        object: 'Lead',
        externalIdFieldName: 'Id',
        lineEnding: 'LF',
        columnDelimiter: 'COMMA',
      },
      keep: { id: ID },
    },
    {
      send: `PUT ${data}/jobs/ingest/{id}/batches`,
      headers: { ...BEARER, 'content-type': 'text/csv', accept: 'application/json' },
      body: 'Id,LastName,Company\n,Cli,x\n',
      status: 201,
    },
    {
      send: `PATCH ${data}/jobs/ingest/{id}`,
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
      body: { state: 'UploadComplete' },
      answer: { state: 'UploadComplete' },
    },
    {
      send: `GET ${data}/jobs/ingest/{id}`,
      headers,
      until: true,
      answer: { state: 'JobComplete', numberRecordsFailed: 0 },
    },
    {
      send: `GET ${data}/jobs/ingest/{id}/successfulResults`,
      headers: { ...BEARER, accept: 'text/csv' },
      answer: /"true"/,
    },
  ];
}

function polling(): Exchange[] {
  const data = '/services/data/v60.0';
  const window = 'SystemModstamp%20%3E%3D%20{lastWeek}%20AND%20SystemModstamp%20%3C%20{tomorrow}';
  return [
    OAUTH,
    {
      send: `GET ${data}/sobjects/Contact/describe`,
      headers: { ...BEARER, 'if-modified-since': 'Wed, 01 Jan 2020 00:00:00 GMT' },
      keep: { modified: /last-modified: ([^\n]+)/ },
    },
    {
      send: `GET ${data}/sobjects/Contact/describe`,
      headers: { ...BEARER, 'if-modified-since': '{modified}' },
      status: 304,
    },
    {
      send: `GET ${data}/query/?q=SELECT%20COUNT()%20FROM%20Contact`,
      headers: BEARER,
      answer: { records: [] },
    },
    {
      send: `GET ${data}/queryAll/?q=SELECT%20Id,%20IsDeleted,%20SystemModstamp%20FROM%20Contact%20WHERE%20${window}%20ORDER%20BY%20SystemModstamp,%20Id`,
      headers: {
        ...BEARER,
        'sforce-query-options': 'batchSize=2000',
        'accept-encoding': 'gzip, deflate',
      },
      answer: { done: true },
    },
    {
      send: `GET ${data}/sobjects/Contact/deleted/?start={lastWeek}&end={tomorrow}`,
      headers: BEARER,
      answer: { deletedRecords: expect.any(Array), latestDateCovered: expect.any(String) },
    },
    {
      send: `POST ${data}/composite/sobjects`,
      headers: { ...BEARER, ...JSON_TYPE, 'sforce-duplicate-rule-header': 'allowSave=true' },
      body: { allOrNone: false, records: [{ attributes: { type: 'Contact' }, LastName: 'P' }] },
      answer: [{ success: true }],
    },
  ];
}

it.each<[string, () => Exchange[]]>([
  ['Restforce (Ruby)', restforce],
  ['simpleforce (Go)', simpleforce],
  ['go-salesforce', goSalesforce],
  ['n8n', n8n],
  ["Salesforce's command line", salesforceCli],
  ['a poll by SystemModstamp', polling],
])('%s gets what it asks for', (_client, exchanges) => exchange(sandbox.url, exchanges(), values));
