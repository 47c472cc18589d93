import { expect, it } from 'vitest';
import { changeRules } from '../../sandbox/control/rules/index.ts';
import { convertLeads } from '../../sandbox/writes/convert-lead.ts';
import { emptyRecycleBin } from '../../sandbox/writes/empty-recycle-bin.ts';
import { mergeRecords } from '../../sandbox/writes/merge.ts';
import { forTests } from '../support/for-tests.ts';
import { writeOrg } from './write-org.ts';

const org = forTests(writeOrg, ({ stop }) => stop());

const ODD = [
  '',
  ' ',
  '\0',
  'x',
  '%',
  '\'; DROP TABLE org."Lead"; --',
  '001000000000000',
  '00Q000000000000AAA',
  '00Q00000000000\0',
  '005000000000000',
  '00G000000000000',
  'zzz000000000000',
  'é'.repeat(18),
  'x'.repeat(5000),
];

const lead = (fields: object = {}) => org.make('Lead', { LastName: 'L', Company: 'C', ...fields });
const counts = () =>
  org.sql(
    `SELECT (SELECT count(*) FROM org."Account") a, (SELECT count(*) FROM org."Contact") c,
            (SELECT count(*) FROM org."Opportunity") o, (SELECT count(*) FROM org."Lead" WHERE "IsConverted" OR "IsDeleted") l`,
  );

it('odd ids and texts of a conversion are refused, and nothing is left behind', async () => {
  const leadId = await lead();
  const before = await counts();
  for (const odd of ODD) {
    const good = { leadId, convertedStatus: 'Qualified' };
    const requests = [
      { ...good, leadId: odd },
      { ...good, convertedStatus: odd },
      ...(odd === ''
        ? []
        : [
            { ...good, accountId: odd },
            { ...good, ownerId: odd },
          ]),
      ...(odd === ''
        ? []
        : [
            { ...good, accountId: odd, contactId: odd },
            { ...good, opportunityId: odd },
          ]),
    ];
    const results = await convertLeads(org.admin, requests);
    expect(results.map(({ success }) => success)).toEqual(requests.map(() => false));
    expect(results.every(({ errors }) => errors.length > 0)).toBe(true);
  }
  const [long] = await convertLeads(org.admin, [
    { leadId, convertedStatus: 'Qualified', opportunityName: 'x'.repeat(121) },
  ]);
  expect(long!.errors[0]!.errorCode).toBe('STRING_TOO_LONG');
  expect(await counts()).toEqual(before);
});

it('odd ids of a merge and of the bin are refused, and nothing is left behind', async () => {
  const leadId = await lead();
  const before = await counts();
  for (const odd of ODD) {
    const results = await mergeRecords(org.admin, [
      { masterRecord: { Id: odd }, recordToMergeIds: [leadId] },
      { masterRecord: { Id: leadId }, recordToMergeIds: [odd] },
      { masterRecord: { Id: leadId, LastName: null }, recordToMergeIds: [odd] },
    ]);
    expect(results.map(({ success }) => success)).toEqual([false, false, false]);
    expect(await emptyRecycleBin(org.admin, [odd])).toMatchObject([{ success: false }]);
  }
  expect(await counts()).toEqual(before);
});

it('odd bodies of the control URL are refused with a reason', async () => {
  const kinds = ['validation', 'duplicate', 'assignment', 'leadMapping', 'x', null, {}];
  const bodies: unknown[] = [null, 1, 'x', [], { kind: 'toString', op: 'add' }];
  for (const kind of kinds)
    for (const op of ['add', 'change', 'remove', 'x', null])
      for (const rest of [
        {},
        { object: 'Lead', name: 'n', entries: 5, matching: 5, formula: 5 },
        { object: 'Nope', name: 'n' },
        { object: 'Lead', name: 'n', entries: [null], active: 1 },
        { object: 'Lead', name: 'n', matching: [{ any: [[{ field: 'Nope' }]] }] },
      ])
        bodies.push({ kind, op, ...rest });
  for (const body of bodies)
    await expect(changeRules(org.org, body), JSON.stringify(body)).rejects.toMatchObject({
      errorCode: 'CONTROL',
    });
});

it('a lead that two clients convert at once is converted once', async () => {
  const leadId = await lead();
  const request = { leadId, convertedStatus: 'Qualified' };
  const results = await Promise.all([1, 2, 3].map(() => convertLeads(org.admin, [request])));
  const codes = results.map(([result]) => result!.errors[0]?.errorCode ?? 'ok').sort();
  expect(codes).toEqual(['CANNOT_UPDATE_CONVERTED_LEAD', 'CANNOT_UPDATE_CONVERTED_LEAD', 'ok']);
});

it('two merges of one pair, each the other way round, leave one record', async () => {
  const [one, two] = [await lead(), await lead()];
  const results = await Promise.all([
    mergeRecords(org.admin, [{ masterRecord: { Id: one }, recordToMergeIds: [two] }]),
    mergeRecords(org.admin, [{ masterRecord: { Id: two }, recordToMergeIds: [one] }]),
  ]);
  expect(results.flat().filter(({ success }) => success)).toHaveLength(1);
  const rows = await org.sql('SELECT FROM org."Lead" WHERE "Id" = ANY($1) AND NOT "IsDeleted"', [
    [one, two],
  ]);
  expect(rows).toHaveLength(1);
});
