import { afterEach, expect, it } from 'vitest';
import { type Asked, api, failure, refusal, type Script, script } from './support.ts';

let server: Script;
afterEach(() => server?.close());

const lead1 = '00Q000000000001AAA';
const lead2 = '00Q000000000002AAA';
const plain = { allowDuplicates: false };
const sent = ({ body }: Asked) => JSON.parse(body);

it('traps 20, 25: an update sends 200 OK’s details back in request order, assignment rules off', async () => {
  server = await script([
    () => ({
      body: [
        { id: lead1, success: true, errors: [] },
        {
          success: false,
          errors: [
            {
              statusCode: 'INVALID_EMAIL_ADDRESS',
              message: 'Email: invalid: x',
              fields: ['Email'],
            },
            { statusCode: 'STRING_TOO_LONG', message: 'City: too long', fields: ['City', 'Email'] },
          ],
        },
      ],
    }),
  ]);
  const rows = [
    { Id: lead1, City: 'Rome' },
    { Id: lead2, Email: 'x', City: null },
  ];
  expect(await server.client().update('Lead', rows, plain)).toEqual([
    { ok: true, id: lead1, created: false },
    {
      ok: false,
      id: lead2,
      code: 'INVALID_EMAIL_ADDRESS',
      message: 'Email: invalid: x; City: too long',
      fields: ['Email', 'City'],
    },
  ]);
  const [request] = server.asked;
  expect(request).toMatchObject({ method: 'PATCH', path: `${api}/composite/sobjects` });
  expect(request!.headers['sforce-auto-assign']).toBe('FALSE');
  expect(request!.headers['sforce-duplicate-rule-header']).toBeUndefined();
  expect(sent(request!)).toEqual({
    allOrNone: false,
    records: [
      { attributes: { type: 'Lead' }, id: lead1, City: 'Rome' },
      { attributes: { type: 'Lead' }, id: lead2, Email: 'x', City: null },
    ],
  });
});

it('N2, traps 18 and 24: an upsert goes by the External ID field, past alert rules when allowed', async () => {
  server = await script([
    () => ({
      body: [
        { id: lead1, success: true, created: true, errors: [] },
        { success: false, errors: [] },
      ],
    }),
  ]);
  const rows = [{ Tandem_Id__c: 'u1', LastName: 'A' }, { Tandem_Id__c: 'u2' }];
  const how = { allowDuplicates: true };
  expect(await server.client().upsert('Lead', 'Tandem_Id__c', rows, how)).toEqual([
    { ok: true, id: lead1, created: true },
    { ok: false, id: null, code: 'UNKNOWN_EXCEPTION', message: '', fields: [] },
  ]);
  expect(server.asked[0]!.path).toBe(`${api}/composite/sobjects/Lead/Tandem_Id__c`);
  expect(server.asked[0]!.headers['sforce-duplicate-rule-header']).toBe('allowSave=true');
  expect(sent(server.asked[0]!).records[0]).toEqual({
    attributes: { type: 'Lead' },
    Tandem_Id__c: 'u1',
    LastName: 'A',
  });
});

it('deletes by ids, each with its outcome', async () => {
  server = await script([
    () => ({
      body: [
        { id: lead1, success: true, errors: [] },
        {
          success: false,
          errors: [{ statusCode: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] }],
        },
      ],
    }),
  ]);
  expect(await server.client().delete([lead1, lead2])).toEqual([
    { ok: true, id: lead1, created: false },
    { ok: false, id: lead2, code: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] },
  ]);
  expect(server.asked[0]).toMatchObject({
    method: 'DELETE',
    path: `${api}/composite/sobjects?ids=${lead1},${lead2}&allOrNone=false`,
  });
});

it('nothing to write makes no call, and more than 200 records are refused before one', async () => {
  server = await script([() => ({ body: [] })]);
  const salesforce = server.client();
  expect(await salesforce.update('Lead', [], plain)).toEqual([]);
  expect(await salesforce.delete([])).toEqual([]);
  const rows = Array.from({ length: 201 }, () => ({ Id: lead1 }));
  expect(await failure(salesforce.update('Lead', rows, plain))).toMatchObject({
    code: 'EXCEEDED_ID_LIMIT',
  });
  expect(server.asked).toHaveLength(0);
});

it('trap 20: fewer results than records are no success of the rest', async () => {
  server = await script([() => ({ body: [{ id: lead1, success: true, errors: [] }] })]);
  const rows = [{ Id: lead1 }, { Id: lead2 }];
  const error = await failure(server.client().update('Lead', rows, plain));
  expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', retryable: true });
});

it('L4: a refused request tells the code, not the record', async () => {
  server = await script([
    () => refusal(400, 'JSON_PARSER_ERROR', 'Unexpected "Ada Lovelace" at 1:7'),
  ]);
  const error = await failure(server.client().update('Lead', [{ Id: lead1 }], plain));
  expect(error).toMatchObject({ code: 'JSON_PARSER_ERROR', status: 400 });
  expect(error.message).not.toContain('Ada');
});
