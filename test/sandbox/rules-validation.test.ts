import { describe, expect, it } from 'vitest';
import { changeRules, listRules } from '../../sandbox/control/rules/index.ts';
import { changeSchema, type SchemaChange } from '../../sandbox/control/schema-changes.ts';
import { compileFormula } from '../../sandbox/formula/compile.ts';
import { createRecords } from '../../sandbox/writes/create.ts';
import { updateRecords } from '../../sandbox/writes/update.ts';
import { forTests } from '../support/for-tests.ts';
import { writeOrg } from './write-org.ts';

const org = forTests(
  () => writeOrg(2),
  ({ stop }) => stop(),
);

const lead = () => org.org.schema.object('Lead')!;

const RULE = { kind: 'validation', object: 'Lead', name: 'Test_rule' };

/** Puts the one rule of the test in place of the one before. */
async function rule(formula: string, more: object = {}) {
  const { validation } = await listRules(org.org);
  const op = validation!.some((one) => (one as { name: string }).name === RULE.name)
    ? 'change'
    : 'add';
  await changeRules(org.org, { ...RULE, op, formula, message: 'No', ...more });
}

async function refused(fields: object): Promise<boolean> {
  const [result] = await createRecords(org.admin, lead(), [
    { LastName: 'L', Company: 'C', ...fields },
  ]);
  const codes = result!.errors.map(({ errorCode }) => errorCode);
  expect(codes).toEqual(result!.success ? [] : ['FIELD_CUSTOM_VALIDATION_EXCEPTION']);
  return !result!.success;
}

describe('a formula of new rows', () => {
  const cases: [formula: string, refusedFields: object, passedFields: object][] = [
    ['ISBLANK(Email)', { Email: null }, { Email: 'a@b.example' }],
    ['AND(NOT(ISBLANK(Phone)), LEN(Phone) < 5)', { Phone: '123' }, {}],
    [
      'ISPICKVAL(Status, "Qualified") && AnnualRevenue <= 0',
      { Status: 'Qualified', AnnualRevenue: 0 },
      { Status: 'Qualified' },
    ],
    [
      'OR(NumberOfEmployees > 10, TEXT(Rating) = "Hot")',
      { Rating: 'Hot' },
      { NumberOfEmployees: 10 },
    ],
    [
      'NOT(REGEX(PostalCode, "\\\\d{5}(-\\\\d{4})?"))',
      { PostalCode: '1234' },
      { PostalCode: '12345-6789' },
    ],
    [
      'Renewal_Date__c < TODAY() - 7',
      { Renewal_Date__c: '2020-01-01' },
      { Renewal_Date__c: '2999-01-01' },
    ],
    [
      'YEAR(Renewal_Date__c) <> 2030',
      { Renewal_Date__c: '2031-01-01' },
      { Renewal_Date__c: '2030-12-31' },
    ],
    [
      'INCLUDES(Interests__c, "Pricing")',
      { Interests__c: 'Events;Pricing' },
      { Interests__c: 'Events' },
    ],
    ['VIP__c = TRUE', { VIP__c: true }, {}],
    ['CASE(Rating, "Hot", 1, "Warm", 2, 3) = 2', { Rating: 'Warm' }, { Rating: 'Cold' }],
    ['BEGINS(UPPER(LastName), "X") /* a comment */', { LastName: 'xena' }, { LastName: 'axe' }],
    [
      'Budget__c / Seats__c > 100',
      { Budget__c: 1000, Seats__c: 2 },
      { Budget__c: 1000, Seats__c: 0 },
    ],
    ['Budget_per_Seat__c > 100', { Budget__c: 1000, Seats__c: 2 }, { Budget__c: 10, Seats__c: 2 }],
    ["FirstName & ' ' & LastName = 'Ada L'", { FirstName: 'Ada' }, {}],
  ];
  it.each(cases)('%s', async (formula, bad, good) => {
    await rule(formula);
    expect([await refused(bad), await refused(good)]).toEqual([true, false]);
  });

  it('reads fields of parents and of the caller', async () => {
    const account = await org.make('Account', { Name: 'P', Industry: 'Banking' });
    await rule('TEXT(Partner_Account__r.Industry) = "Banking" && $User.Username <> "x"');
    expect(await refused({ Partner_Account__c: account })).toBe(true);
    expect(await refused({})).toBe(false);
  });
});

describe('a formula of changes', () => {
  it('knows what is new, what changed and what it was before', async () => {
    await rule('AND(NOT(ISNEW()), ISCHANGED(Phone), PRIORVALUE(Phone) = "1")', { field: 'Phone' });
    const id = await org.make('Lead', { LastName: 'L', Company: 'C', Phone: '1' });
    const save = (fields: object) => updateRecords(org.admin, lead(), [{ Id: id, ...fields }]);
    expect(await save({ Phone: '1', Title: 'T' })).toMatchObject([{ success: true }]);
    expect(await save({ Phone: '2' })).toMatchObject([
      { success: false, errors: [{ message: 'No', fields: ['Phone'] }] },
    ]);
    await rule('ISCHANGED(Title)', { active: false, field: null });
    expect(await save({ Phone: '2', Title: 'U' })).toMatchObject([{ success: true }]);
    await rule('ISCHANGED(Phone)', { active: true });
    expect(await refused({ Phone: '3' })).toBe(false);
  });
});

describe('what is wrong with a formula', () => {
  const cases: [string, string][] = [
    ['', 'Syntax error. Found end of formula'],
    ['ISBLANK(Email', "Syntax error. Missing ')'"],
    ['Foo__c = 1', 'Field Foo__c does not exist. Check spelling.'],
    ['Owner.Foo = 1', 'Field Owner.Foo does not exist. Check spelling.'],
    ['VLOOKUP(1)', 'Unknown function VLOOKUP. Check spelling.'],
    [
      'LEN(Email)',
      'Formula result is data type (Number), incompatible with expected data type (true or false).',
    ],
    [
      'LEN(AnnualRevenue) > 1',
      "Incorrect parameter type for function 'LEN()'. Expected Text, received Number",
    ],
    [
      'ISBLANK(Email, Phone)',
      "Incorrect number of parameters for function 'ISBLANK()'. Expected 1, received 2",
    ],
    [
      'Status = "Open"',
      'Field Status is a picklist field. Picklist fields are only supported in certain functions.',
    ],
    ['Email = 5', "Incorrect parameter type for operator '='. Expected Text, received Number"],
    ['ISCHANGED(Score_Band__c)', 'Field Score_Band__c may not be used in function ISCHANGED'],
    ['TRUE TRUE', "Syntax error. Extra 'TRUE'"],
    ['"open', 'Syntax error. Missing closing quote'],
    [`${'('.repeat(300)}TRUE${')'.repeat(300)}`, 'The formula is nested too deeply'],
  ];
  it.each(cases)('%s', (formula, message) => {
    expect(() => compileFormula(org.org.schema, lead(), formula)).toThrow(message);
  });

  it('is what the control URL answers, and the rule is not made', async () => {
    const add = (more: object) =>
      changeRules(org.org, { ...RULE, op: 'add', name: 'Bad', message: 'm', ...more });
    await expect(add({ formula: 'Foo = 1' })).rejects.toThrow('Field Foo does not exist');
    await expect(add({ formula: 'REGEX(Phone, "(")' })).rejects.toThrow('cannot be evaluated');
    await expect(add({ condition: '"Nope" = 1' })).rejects.toThrow('cannot be evaluated');
    await expect(add({ formula: 'TRUE', field: 'Foo' })).rejects.toThrow('has no field Foo');
    await expect(add({ formula: 'TRUE', sql: '' })).rejects.toThrow('has no "sql"');
    const { validation } = await listRules(org.org);
    expect(validation).not.toContainEqual(expect.objectContaining({ name: 'Bad' }));
  });
});

it('a rule whose SQL fails on a row refuses the row', async () => {
  await rule('FALSE');
  await changeRules(org.org, {
    ...RULE,
    op: 'add',
    name: 'Divides',
    condition: '1 / "NumberOfEmployees" > 5',
    message: 'm',
  });
  expect(await refused({ NumberOfEmployees: 0 })).toBe(true);
  expect(await refused({ NumberOfEmployees: 1 })).toBe(false);
  await changeRules(org.org, { ...RULE, op: 'remove', name: 'Divides' });
  expect(await refused({ NumberOfEmployees: 0 })).toBe(false);
});

describe('the mapping of a converted lead’s custom fields', () => {
  const mapping = { kind: 'leadMapping', target: 'Contact' };

  it('can be changed, where the fields fit', async () => {
    const change = (more: object) => changeRules(org.org, { ...mapping, ...more });
    await change({ op: 'add', leadField: 'Preferred_Language__c', targetField: 'Seats__c' }).catch(
      ({ message }) => expect(message).toContain('does not fit'),
    );
    await change({ op: 'remove', targetField: 'VIP__c' });
    await change({ op: 'add', leadField: 'VIP__c', targetField: 'VIP__c' });
    await expect(change({ op: 'add', leadField: 'Email', targetField: 'Email' })).rejects.toThrow(
      'only custom fields',
    );
    const { leadMapping } = await listRules(org.org);
    expect(leadMapping).toContainEqual({
      leadField: 'VIP__c',
      target: 'Contact',
      targetField: 'VIP__c',
    });
  });
});

describe('a change of the schema', () => {
  const change = (more: object) =>
    changeSchema(org.org, { object: 'Lead', ...more } as unknown as SchemaChange);

  it('is refused while a rule needs the field, and a new name is followed', async () => {
    await change({ op: 'add-field', field: 'Shoe__c', type: 'double', precision: 4, scale: 1 });
    await rule('Shoe__c > 50');
    await expect(change({ op: 'drop-field', field: 'Shoe__c' })).rejects.toThrow(
      'the validation rule Test_rule of Lead needs it',
    );
    await change({ op: 'rename-field', field: 'Shoe__c', to: 'Shoe_Size__c' });
    expect(await refused({ Shoe_Size__c: 51 })).toBe(true);
    const { validation } = await listRules(org.org);
    expect(validation).toContainEqual(expect.objectContaining({ formula: 'Shoe_Size__c > 50' }));
    await rule('FALSE');
    await change({ op: 'drop-field', field: 'Shoe_Size__c' });
  });

  it('makes fields required, unique, an external id or restricted', async () => {
    const codes = async (fields: object) => {
      const body = { LastName: 'L', Company: 'C', ...fields };
      const [result] = await createRecords(org.admin, lead(), [body]);
      return result!.errors.map(({ errorCode }) => errorCode).join();
    };
    await change({ op: 'change-field', field: 'Title', nillable: false });
    expect(await codes({})).toBe('REQUIRED_FIELD_MISSING');
    await change({ op: 'change-field', field: 'Title', nillable: true });
    await change({
      op: 'change-field',
      field: 'Preferred_Language__c',
      unique: true,
      externalId: true,
    });
    expect(await codes({ Preferred_Language__c: 'tlh' })).toBe('');
    expect(await codes({ Preferred_Language__c: 'TLH' })).toBe('DUPLICATE_VALUE');
    await change({ op: 'change-field', field: 'Rating', restrictedPicklist: true });
    expect(await codes({ Rating: 'Lukewarm' })).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
    await expect(change({ op: 'change-field', field: 'Rating', type: 'string' })).rejects.toThrow(
      '"type" of a field cannot be changed',
    );
    await expect(change({ op: 'change-field', field: 'Company', unique: true })).rejects.toThrow(
      'holds a value more than once',
    );
  });
});

describe('values of status picklists', () => {
  const status = (op: string, more: object) =>
    changeRules(org.org, { kind: 'status', object: 'LeadStatus', op, ...more });
  const rows = () =>
    org.sql(
      `SELECT "ApiName", "IsConverted", "IsDefault" FROM org."LeadStatus" ORDER BY "SortOrder"`,
    );

  it('can be added, changed and removed, and the picklist shows them', async () => {
    await status('add', { name: 'Closed - Converted', IsConverted: true, IsDefault: true });
    expect(await rows()).toContainEqual({
      ApiName: 'Closed - Converted',
      IsConverted: true,
      IsDefault: true,
    });
    const id = await org.make('Lead', { LastName: 'L', Company: 'C' });
    expect(await org.row('Lead', id)).toMatchObject({ Status: 'Closed - Converted' });
    await status('change', { name: 'Open', IsDefault: true, SortOrder: 0 });
    const { picklistValues } = lead().fields.find(({ name }) => name === 'Status')!;
    expect(picklistValues[0]).toMatchObject({ value: 'Open', defaultValue: true });
    await status('remove', { name: 'Closed - Converted' });
    expect(await rows()).not.toContainEqual(
      expect.objectContaining({ ApiName: 'Closed - Converted' }),
    );
    await expect(status('change', { name: 'Nope', IsDefault: true })).rejects.toThrow(
      'no value Nope',
    );
    await expect(status('change', { name: 'Open', IsWon: true })).rejects.toThrow('no field IsWon');
  });

  it('have a row when they are added to the picklist', async () => {
    await changeSchema(org.org, {
      op: 'add-picklist-value',
      object: 'Lead',
      field: 'Status',
      value: 'Nurturing',
    });
    expect(await rows()).toContainEqual(expect.objectContaining({ ApiName: 'Nurturing' }));
  });
});
