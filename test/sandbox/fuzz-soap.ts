import fc from 'fast-check';
import { escapeXml } from '../../sandbox/soap/write-xml.ts';
import { oddText, oneOf } from './fuzz-values.ts';

const text = oddText.map(escapeXml);

/** Ids of rows that are there, by a name that the test puts them in the place of. */
const id = oneOf('@lead@|@lead@|@lead2@|@contact@|@account@|@user@|00QHp0000000001AAA|nonsense|');

const NAMES = oneOf(
  'ids|sObjects|type|Id|LastName|Company|Email|NumberOfEmployees|HasOptedOutOfEmail|Owner|OwnerId|fieldsToNull|queryString|queryLocator|externalIDFieldName|fieldList|sObjectType|leadConverts|leadId|convertedStatus|doNotCreateOpportunity|accountId|contactId|ownerId|request|masterRecord|recordToMergeIds|startDate|userId|password|sessionIds|constructor|__proto__',
);
const attribute = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  oneOf(' xsi:nil="true"| xsi:type="sf:Lead"| xmlns=""| b="&lt;"'),
);
const leaf = fc
  .tuple(NAMES, attribute, fc.oneof({ weight: 2, arbitrary: id }, text))
  .map(([name, attributes, value]) => `<${name}${attributes}>${value}</${name}>`);

const fields = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: text.map((value) => `<Company>${value}</Company>`) },
    { weight: 2, arbitrary: text.map((value) => `<LastName>${value}</LastName>`) },
    id.map((value) => `<OwnerId>${value}</OwnerId>`),
    oneOf('Phone|LastName|Nope').map((name) => `<fieldsToNull>${name}</fieldsToNull>`),
    leaf,
  ),
  { maxLength: 2 },
);
const record = fc
  .tuple(oneOf('Lead|Lead|Lead|Contact|Account'), fc.oneof(id, fc.constant('@lead@')), fields)
  .map(([type, one, more]) => `<type>${type}</type><Id>${one}</Id>${more.join('')}`);
const newRecord = fc
  .tuple(oneOf('Lead|Lead|Contact|Account'), fields)
  .map(([type, more]) => `<type>${type}</type><LastName>Fuzz</LastName>${more.join('')}`);

const element = (name: string, inner: fc.Arbitrary<string>) =>
  inner.map((one) => `<${name}>${one}</${name}>`);
const ids = fc.array(element('ids', id), { maxLength: 3 }).map((all) => all.join(''));
const saves = (inner: fc.Arbitrary<string>) =>
  fc.array(element('sObjects', inner), { maxLength: 3 }).map((all) => all.join(''));
const flag = oneOf('true|false|1|yes');

/** What each call is about, with a slip here and there. */
const CONTENT: Record<string, fc.Arbitrary<string>> = {
  create: saves(newRecord),
  update: saves(record),
  upsert: fc
    .tuple(oneOf('Id|Id|Tandem_Id__c|Email|'), saves(record))
    .map(([key, all]) => `<externalIDFieldName>${key}</externalIDFieldName>${all}`),
  delete: ids,
  undelete: ids,
  emptyRecycleBin: ids,
  convertLead: element(
    'leadConverts',
    fc
      .tuple(id, oneOf('Closed - Converted|Qualified|Nope'), id, flag, fields)
      .map(
        ([lead, status, account, only, more]) =>
          `<leadId>${lead}</leadId><convertedStatus>${status}</convertedStatus><accountId>${account}</accountId><doNotCreateOpportunity>${only}</doNotCreateOpportunity>${more.join('')}`,
      ),
  ),
  merge: element(
    'request',
    fc
      .tuple(record, fc.array(element('recordToMergeIds', id), { maxLength: 3 }))
      .map(([master, losers]) => `<masterRecord>${master}</masterRecord>${losers.join('')}`),
  ),
  query: element(
    'queryString',
    fc.oneof(text, fc.constant('SELECT FIELDS(ALL) FROM Lead LIMIT 9')),
  ),
  queryMore: element('queryLocator', text),
  retrieve: fc
    .tuple(ids, fc.oneof(oneOf('Id,Name|Owner.Name|FIELDS(ALL)|,'), text))
    .map(([all, list]) => `<fieldList>${list}</fieldList><sObjectType>Lead</sObjectType>${all}`),
  describeSObject: element('sObjectType', fc.oneof(oneOf('Lead|User|PermissionSet'), text)),
  getUpdated: fc
    .tuple(text, text)
    .map(
      ([start, end]) =>
        `<sObjectType>Lead</sObjectType><startDate>${start}</startDate><endDate>${end}</endDate>`,
    ),
  setPassword: fc
    .tuple(id, text)
    .map(([user, word]) => `<userId>${user}</userId><password>${word}</password>`),
};
const OTHER = oneOf(
  'login|logout|invalidateSessions|getUserInfo|getServerTimestamp|describeGlobal|describeSObjects|resetPassword|getDeleted|queryAll|search|toString',
);
const call = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(...Object.keys(CONTENT))
      .chain((name) => CONTENT[name]!.map((inner) => `<${name}>${inner}</${name}>`)),
  },
  fc
    .tuple(OTHER, fc.array(leaf, { maxLength: 3 }))
    .map(([name, inner]) => `<${name}>${inner.join('')}</${name}>`),
);

const header = fc
  .tuple(
    oneOf(
      'AllOrNoneHeader>allOrNone|QueryOptions>batchSize|AssignmentRuleHeader>useDefaultRule|DuplicateRuleHeader>allowSave|Unknown>x',
    ),
    fc.oneof({ weight: 4, arbitrary: oneOf('true|false|1') }, text),
  )
  .map(([names, value]) => {
    const [outer, inner] = names.split('>');
    return `<${outer}><${inner}>${value}</${inner}></${outer}>`;
  });

/** A message with a slip here and there; `@token@` stands for a live session. */
export const oddEnvelope: fc.Arbitrary<string> = fc
  .tuple(call, fc.array(header, { maxLength: 1 }))
  .map(
    ([body, headers]) =>
      `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" xmlns:sf="urn:sobject.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header><SessionHeader><sessionId>@token@</sessionId></SessionHeader>${headers.join('')}</e:Header><e:Body>${body}</e:Body></e:Envelope>`,
  );

const place = fc.double({ min: 0, max: 1, noNaN: true });

/** Cuts a message, or puts something into it; most it leaves alone. */
export const damage: fc.Arbitrary<(message: string) => string> = fc.oneof(
  { weight: 10, arbitrary: fc.constant((message: string) => message) },
  fc.tuple(place, oddText).map(([at, inserted]) => (message: string) => {
    const offset = Math.floor(at * message.length);
    return message.slice(0, offset) + inserted + message.slice(offset);
  }),
  place.map((at) => (message: string) => message.slice(0, Math.floor(at * message.length))),
);
