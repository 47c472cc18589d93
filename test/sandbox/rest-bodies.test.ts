import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { deflateSync, gzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeJsonFailure } from '../../sandbox/http/json-failure.ts';
import { placeOf } from '../../sandbox/http/json-place.ts';
import { recordsForTests } from './record-client.ts';

const { sandbox, client: sync } = recordsForTests();

/** fetch adds headers of its own; this sends what it is given. */
function send(method: string, path: string, headers: OutgoingHttpHeaders, body?: string | Buffer) {
  return new Promise<{ status: number; headers: OutgoingHttpHeaders; body: Buffer }>(
    (resolve, reject) => {
      const url = `${sandbox.url}/services/data/v59.0${path}`;
      const authorization = `Bearer ${sync.connection.accessToken}`;
      const call = httpRequest(
        url,
        { method, headers: { authorization, ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              body: Buffer.concat(chunks),
            }),
          );
        },
      ).on('error', reject);
      call.end(body);
    },
  );
}
const JSON_TYPE = { 'content-type': 'application/json' };
const LEAD = '{"LastName":"Body","Company":"Acme"}';
const errorOf = ({ body }: { body: Buffer }) => JSON.parse(String(body))[0];

it('a blank text is no date, number or checkbox to the parser', async () => {
  for (const field of ['AnnualRevenue', 'Renewal_Date__c', 'VIP__c']) {
    const body = `{"LastName":"Body","Company":"Acme","${field}":""}`;
    const answer = await send('POST', '/sobjects/Lead', JSON_TYPE, body);
    expect(errorOf(answer)).toMatchObject({
      errorCode: 'JSON_PARSER_ERROR',
      message: expect.stringMatching(
        /^Cannot deserialize instance of (currency|date|boolean) from VALUE_STRING value {2}or request may be missing a required field at \[line:1, column:\d+\]$/,
      ),
    });
  }
});

describe('JSON that is none', () => {
  it.each([
    [
      '{"a" 1}',
      `Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value at [line:1, column:6]`,
    ],
    [
      '{"a":1 "b":2}',
      `Unexpected character ('"' (code 34)): was expecting comma to separate OBJECT entries at [line:1, column:8]`,
    ],
    [
      '[1 2]',
      `Unexpected character ('2' (code 50)): was expecting comma to separate ARRAY entries at [line:1, column:4]`,
    ],
    [
      '{"a":1,}',
      `Unexpected character ('}' (code 125)): was expecting double-quote to start field name at [line:1, column:8]`,
    ],
    [
      '{"a":x}',
      `Unexpected character ('x' (code 120)): expected a valid value (number, String, array, object, 'true', 'false' or 'null') at [line:1, column:6]`,
    ],
    [
      '{"a":trux}',
      `Unrecognized token 'trux': was expecting ('true', 'false' or 'null') at [line:1, column:10]`,
    ],
    [
      '{\n "a":\n  1',
      `Unexpected end-of-input: expected close marker for OBJECT (from [line:1, column:1]) at [line:3, column:4]`,
    ],
    [
      '{"a":"b',
      'Unexpected end-of-input: was expecting closing quote for a string value at [line:1, column:8]',
    ],
    [
      '{"a":"b\nc"}',
      'Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value at [line:1, column:8]',
    ],
    ['{"a":01}', 'Invalid numeric value: Leading zeroes not allowed at [line:1, column:7]'],
    ['{"a":"\\x"}', "Unrecognized character escape 'x' (code 120) at [line:1, column:8]"],
  ])('%j: %s', (text, message) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(describeJsonFailure(text)).toBe(message);
  });

  it('a place is that behind the value', () => {
    const text = '{"a": [ {"b":"x"},\n {"b": 12, "b":[] } ], "c":{}}';
    expect(placeOf(text, ['a', 0, 'b'])).toBe('[line:1, column:17]');
    expect(placeOf(text, ['a', 1, 'b'])).toBe('[line:2, column:17]');
    expect(placeOf(text, ['c'])).toBe('[line:2, column:29]');
  });
});

describe('a value of another type than its field', () => {
  const mistyped = (message: string) => ({
    status: 400,
    body: [{ errorCode: 'JSON_PARSER_ERROR', message }],
  });

  it.each([
    [
      '{"AnnualRevenue":"much"}',
      'currency from VALUE_STRING value much or request may be missing a required field at [line:1, column:24]',
    ],
    [
      '{"NumberOfEmployees":true}',
      'int from VALUE_TRUE value true or request may be missing a required field at [line:1, column:26]',
    ],
    [
      '{"DoNotCall":"perhaps"}',
      'boolean from VALUE_STRING value perhaps or request may be missing a required field at [line:1, column:23]',
    ],
    [
      '{"Title":{"a":1}}',
      'string from START_OBJECT value { or request may be missing a required field at [line:1, column:11]',
    ],
    ['{"Status":["a"]}', 'picklist from START_ARRAY value [line:1, column:12]'],
  ])('%s fails the request', async (text, message) => {
    const { body } = await sync.call('POST', '/sobjects/Lead', JSON.parse(LEAD));
    expect(await sync.call('PATCH', `/sobjects/Lead/${body.id}`, text)).toMatchObject(
      mistyped(`Cannot deserialize instance of ${message}`),
    );
  });

  it('also all of a collection', async () => {
    const records = [1, 'x'].map((NumberOfEmployees) => ({
      attributes: { type: 'Lead' },
      ...JSON.parse(LEAD),
      LastName: 'Collected',
      NumberOfEmployees,
    }));
    expect(await sync.call('POST', '/composite/sobjects', { records })).toMatchObject({
      status: 400,
      body: [{ errorCode: 'JSON_PARSER_ERROR' }],
    });
    const { rows } = await sandbox.pool.query(
      `SELECT 1 FROM org."Lead" WHERE "LastName" = 'Collected'`,
    );
    expect(rows).toEqual([]);
  });

  it('numbers may be texts, and texts numbers', async () => {
    const fields = { ...JSON.parse(LEAD), NumberOfEmployees: '100', Title: 7, DoNotCall: 'true' };
    const { body } = await sync.call('POST', '/sobjects/Lead', fields);
    const row = await sync.call('GET', `/sobjects/Lead/${body.id}`);
    expect(row.body).toMatchObject({ NumberOfEmployees: 100, Title: '7' });
  });
});

describe('how bodies come', () => {
  it('with a byte order mark, without a Content-Type, chunked, zipped', async () => {
    const sent: [OutgoingHttpHeaders, string | Buffer][] = [
      [JSON_TYPE, `\ufeff${LEAD}`],
      [{}, LEAD],
      [{ ...JSON_TYPE, 'transfer-encoding': 'chunked' }, LEAD],
      [{ ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync(LEAD)],
      [{ ...JSON_TYPE, 'content-encoding': 'deflate' }, deflateSync(LEAD)],
      [{ 'content-type': 'application/json; charset=ISO-8859-1' }, Buffer.from(LEAD, 'latin1')],
    ];
    for (const [headers, body] of sent)
      expect((await send('POST', '/sobjects/Lead', headers, body)).status).toBe(201);
  });

  it('bytes that are no UTF-8, or none at all, are a parser error', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"LastName":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    for (const body of [bytes, '', '  '])
      expect(errorOf(await send('POST', '/sobjects/Lead', JSON_TYPE, body)).errorCode).toBe(
        'JSON_PARSER_ERROR',
      );
  });

  it('of two properties of one name the last counts', async () => {
    const { body } = await sync.call(
      'POST',
      '/sobjects/Lead',
      '{"LastName":"a","LastName":"b","Company":"c"}',
    );
    expect((await sync.call('GET', `/sobjects/Lead/${body.id}`)).body.LastName).toBe('b');
  });

  it('of another type than JSON are 415, and answers in XML are 406', async () => {
    for (const type of ['application/xml', 'application/x-www-form-urlencoded', 'text/plain'])
      expect(errorOf(await send('POST', '/sobjects/Lead', { 'content-type': type }, 'x'))).toEqual({
        errorCode: 'UNSUPPORTED_MEDIA_TYPE',
        message: `Content-Type header specified in HTTP request is not supported: ${type}`,
      });
    expect((await send('GET', '/limits', { accept: 'application/xml' })).status).toBe(406);
    expect((await send('GET', '/limits.xml', {})).status).toBe(406);
    expect((await send('GET', '/limits', { accept: 'text/xml, */*' })).status).toBe(200);
  });

  it('answers are deflated for those who take nothing else', async () => {
    const { headers, body } = await send('GET', '/sobjects', {
      'accept-encoding': 'gzip;q=0, deflate',
    });
    expect(headers['content-encoding']).toBe('deflate');
    expect(JSON.parse(String(inflateSync(body)))).toHaveProperty('sobjects');
  });
});
