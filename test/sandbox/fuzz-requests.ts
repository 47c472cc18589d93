import fc from 'fast-check';
import { soql } from './fuzz-soql.ts';
import { collection, goodRecord, oddText, oddValue, oneOf, record } from './fuzz-values.ts';

/** One request of the fuzz test, as it goes over the wire. */
export interface OddRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

/** In a path any text must be percent-encoded by its client; half of a surrogate pair cannot be. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed().slice(0, 2000));
const segment = fc.oneof(
  oneOf('Lead|Id|Tandem_Id__c|describe|updated|deleted|Owner|sobjects|results|query'),
  oneOf(
    '00Q000000000001AAA|00Q000000000001|01g000000000000AAA-2000|750000000000000AAA|x|%ff|%00|..',
  ),
  oddText.map(encoded),
);
/** Paths behind the version, those of rows without a row first. */
const FIXED = [
  '',
  '/limits',
  '/limits/recordCount',
  '/sobjects',
  '/query',
  '/queryAll',
  '/composite',
  '/composite/batch',
  '/composite/sobjects',
  '/composite/sobjects/Lead',
  '/composite/sobjects/Lead/Tandem_Id__c',
  '/jobs/query',
  '/sobjects/Lead',
  '/sobjects/Contact',
  '/sobjects/Account',
  '/sobjects/User',
  '/sobjects/Lead/describe',
  '/sobjects/Lead/Tandem_Id__c/fuzz',
  '/sobjects/Lead/Id',
  '/sobjects/Lead/Email/a@b.c',
  '/sobjects/Lead/updated',
  '/composite/tree/Account',
  '/composite/tree/Lead',
  '/composite/graph',
  '/recent',
  '/tabs',
  '/sobjects/Lead/listviews',
  '/sobjects/Account/001000000000001AAA/Contacts',
  '/sobjects/Contact/003000000000001AAA/Account/Owner',
  '/search',
  '/tooling',
  '/tooling/query',
  '/tooling/sobjects/CustomField',
  '/tooling/sobjects/CustomObject',
  '/tooling/sobjects/ValidationRule',
  '/tooling/sobjects/CustomField/00N000000000001AAA',
  '/jobs/ingest',
  '/jobs/ingest/750000000000001AAA',
  '/jobs/ingest/750000000000001AAA/batches',
  '/jobs/query/750000000000001AAA/results',
  '/sobjects/Campaign',
  '/sobjects/CampaignMember',
  '/sobjects/CampaignMemberStatus',
  '/sobjects/Opportunity',
  '/sobjects/OpportunityContactRole',
  '/sobjects/Task',
  '/sobjects/Event',
  '/sobjects/Group',
  '/sobjects/GroupMember',
  '/sobjects/PermissionSet',
  '/sobjects/PermissionSetAssignment',
  '/sobjects/FieldPermissions',
  '/sobjects/ObjectPermissions',
  '/sobjects/CurrencyType',
  '/sobjects/LeadStatus',
  '/sobjects/RecordType',
  '/sobjects/Site__c',
  '/sobjects/User/005000000000001AAA/password',
  '/theme',
  '/quickActions',
  '/parameterizedSearch',
  '/composite/tree/Campaign',
  '/composite/sobjects/Contact/Id',
  '/sobjects/CampaignMember/deleted',
];
const path = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...FIXED).map((one) => `/services/data/v60.0${one}`) },
  fc.array(segment, { maxLength: 5 }).map((parts) => `/services/data/v60.0/${parts.join('/')}`),
  fc.constantFrom(
    '/services/oauth2/token',
    '/services/oauth2/introspect',
    '/services/oauth2/revoke',
  ),
  oneOf('/services/oauth2/userinfo|/services/Soap/u/59.0|/services/Soap/c/60.0/00D|/id/x/y'),
  oneOf('/services/data|/services/data/v60|//|/%|/services/data/v60.0/%E0%A4%A'),
  oneOf(
    '/services/async/60.0/job|/services/async/60.0/job/750000000000001AAA|/services/async/60.0/job/750000000000001AAA/batch|/services/async/60.0/job/750000000000001AAA/batch/751000000000001AAA/result|/services/async/x/job',
  ),
);
const parameter = fc.oneof(
  soql.map((text) => `q=${encoded(text)}`),
  fc
    .tuple(
      oneOf(
        'fields|ids|start|end|locator|maxRecords|queryLocator|updateOnly|allOrNone|sObjects|_HttpMethod|q',
      ),
      oddText,
    )
    .map(([name, value]) => `${name}=${encoded(value)}`),
  oneOf(
    'q|q=%ff|fields=Id&fields=Name|ids=a&ids=b|&&&|q=SELECT+Id+FROM+Lead&q=x|locator=LTE|maxRecords=1e3',
  ),
);

const subrequest = fc.record(
  {
    method: fc.oneof(oneOf('GET|POST|PATCH|DELETE|PUT|get'), oddValue),
    url: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(...FIXED).map((one) => `/services/data/v60.0${one}`),
      },
      fc.constantFrom(
        'v60.0/limits',
        '/services/data/v60.0/sobjects/Lead/@{r0.id}',
        '/services/data/v60.0/sobjects/%zz',
      ),
      oddValue,
    ),
    referenceId: fc.oneof(fc.constantFrom('r0', 'r1', 'r2'), oddValue),
    body: fc.oneof(record, collection, oddValue),
    richInput: fc.oneof(record, oddValue),
    httpHeaders: fc.oneof(
      fc.constant({}),
      fc.dictionary(
        fc.oneof(
          oneOf(
            'If-Modified-Since|a b|Content-Length|Transfer-Encoding|Host|Content-Encoding|Connection',
          ),
          oddText,
        ),
        oddValue,
        { maxKeys: 2 },
      ),
      oddValue,
    ),
  },
  { requiredKeys: ['method', 'url'] },
);
const treeNode = fc.letrec((tie) => ({
  node: fc
    .tuple(
      record,
      fc.record({
        type: fc.oneof(fc.constantFrom('Account', 'Contact', 'Lead'), oddValue),
        referenceId: fc.oneof(fc.constantFrom('a', 'b'), oddValue),
      }),
      fc.option(
        fc.record({
          records: fc.oneof(
            { depthSize: 'small' },
            fc.constant([]),
            fc.array(tie('node'), { maxLength: 2 }),
            oddValue,
          ),
        }),
        { nil: undefined },
      ),
    )
    .map(([fields, attributes, Contacts]) => ({
      ...Object(fields),
      attributes,
      ...(Contacts === undefined ? {} : { Contacts }),
    })),
})).node;
const subrequests = fc.oneof(fc.array(subrequest, { maxLength: 4 }), oddValue);
const json: fc.Arbitrary<unknown> = fc.oneof(
  oddValue,
  record,
  goodRecord,
  collection,
  fc.record({ compositeRequest: subrequests, allOrNone: fc.oneof(fc.boolean(), oddValue) }),
  fc.record({ batchRequests: subrequests, haltOnError: oddValue }),
  fc.record({
    graphs: fc.oneof(
      fc.array(
        fc.record({ graphId: fc.oneof(fc.constant('g'), oddValue), compositeRequest: subrequests }),
        {
          maxLength: 3,
        },
      ),
      oddValue,
    ),
  }),
  fc.record({ records: fc.oneof(fc.array(treeNode, { maxLength: 3 }), oddValue) }),
  fc.record(
    {
      operation: fc.oneof(fc.constantFrom('query', 'queryAll'), oddValue),
      query: fc.oneof(soql, oddValue),
      columnDelimiter: fc.oneof(fc.constantFrom('TAB', '__proto__', 'toString'), oddValue),
      lineEnding: oddValue,
    },
    { requiredKeys: ['operation', 'query'] },
  ),
  fc.record({ ids: oddValue, fields: oddValue }),
  fc.record(
    {
      object: fc.oneof(fc.constantFrom('Lead', 'Contact'), oddValue),
      operation: fc.oneof(fc.constantFrom('insert', 'upsert', 'hardDelete', 'query'), oddValue),
      contentType: fc.oneof(fc.constantFrom('CSV', 'JSON', 'XML'), oddValue),
      externalIdFieldName: oddValue,
      assignmentRuleId: oddValue,
      state: fc.oneof(fc.constantFrom('UploadComplete', 'Aborted', 'Closed'), oddValue),
    },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      FullName: fc.oneof(fc.constantFrom('Lead.Fuzz__c', 'Fuzz__c', 'Lead.Fuzz'), oddValue),
      Metadata: fc.oneof(
        fc.dictionary(
          oneOf(
            'label|type|length|precision|scale|defaultValue|referenceTo|valueSet|formula|errorConditionFormula|errorMessage|active|nameField|sharingModel',
          ),
          fc.oneof(oneOf('Text|Number|Lookup|Picklist|Checkbox|Lead|true|1'), oddValue),
        ),
        oddValue,
      ),
    },
    { requiredKeys: [] },
  ),
);
const XML =
  '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><login><username>x</username><password>y</password></login></e:Body></e:Envelope>';
const body: fc.Arbitrary<Buffer | undefined> = fc.oneof(
  fc.constant(undefined),
  { weight: 6, arbitrary: json.map((value) => Buffer.from(JSON.stringify(value) ?? '')) },
  // Cut off, or with bytes that no UTF-8 has.
  fc
    .tuple(json, fc.nat(200))
    .map(([value, at]) => Buffer.from((JSON.stringify(value) ?? '').slice(0, at))),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(json, fc.uint8Array({ minLength: 1, maxLength: 3 }))
    .map(([value, bytes]) =>
      Buffer.concat([
        Buffer.from(`{"LastName":"`),
        Buffer.from(bytes),
        Buffer.from(`","Company":${JSON.stringify(value) ?? 1}}`),
      ]),
    ),
  fc
    .constantFrom(
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      `{"LastName":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
      `{"compositeRequest":[{"method":"POST","url":"/services/data/v60.0/sobjects/Lead","referenceId":"r0","body":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}`,
      `{"LastName":"x","LastName":"y","Company":"z"}`,
      '\ufeff{"LastName":"x","Company":"y"}',
      XML,
      XML.replace('<username>x</username>', '<username><a>&#0;</a></username>'),
      '<a>&lol;</a>',
      `<!DOCTYPE a [<!ENTITY b "${'c'.repeat(1000)}">]><a>&b;</a>`,
      'grant_type=password&username=%00&password=%ff&client_id=%',
      'grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.bnVsbA.c',
      'grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.eyJpc3MiOnt9fQ.c',
      'grant_type=__proto__&client_id=toString',
    )
    .map((text) => Buffer.from(text)),
);
const headers = fc
  .tuple(
    oneOf(
      'application/json|application/json; charset=latin1|text/csv|text/plain|application/xml|text/xml|application/x-www-form-urlencoded|multipart/form-data|application/json, text/plain|x|',
    ),
    fc.dictionary(
      oneOf(
        'content-encoding|accept-encoding|sforce-query-options|if-modified-since|if-unmodified-since|if-match|if-none-match|x-prettyprint|x-forwarded-proto|x-forwarded-host|cookie|accept|sforce-call-options|sforce-auto-assign|sforce-duplicate-rule-header|sforce-mru|x-sfdc-session|sforce-enable-pkchunking|sforce-locator|range',
      ),
      oneOf(
        'gzip|deflate|br|GZIP|batchSize=1|batchSize=99999999999999|batchSize=-1|Tue, 24 Nov 2026 22:12:04 GMT|yesterday|*|"x"|1|,|a,b|\u00ff|bytes=0-1',
      ),
      { maxKeys: 3 },
    ),
  )
  .map(([type, rest]) => ({ ...(type === '' ? {} : { 'content-type': type }), ...rest }));

/** Any request that a client could send by mistake or in bad faith. */
export const oddRequest: fc.Arbitrary<OddRequest> = fc
  .record({
    method: oneOf('GET|GET|POST|POST|POST|PATCH|PATCH|PUT|DELETE|HEAD|OPTIONS'),
    path,
    parameters: fc.array(parameter, { maxLength: 2 }),
    headers: fc.oneof(
      { weight: 2, arbitrary: fc.constant({ 'content-type': 'application/json' }) },
      headers,
    ),
    body,
  })
  .map(({ parameters, ...request }) => ({
    ...request,
    path: parameters.length === 0 ? request.path : `${request.path}?${parameters.join('&')}`,
  }));
