import type { Schema } from '../schema.ts';
import { WAREHOUSE_KEYS } from './keys.ts';
import type { PeoplePlans } from './plans.ts';
import { auditColumns, columnOf, type DerivedPlan, idOf, isDeleted, type RowPlan } from './rows.ts';
import { chance, draw, oneOf, some } from './sql.ts';
import type { Staff } from './staff.ts';
import { at, dateAt } from './stamps.ts';

const k = 'r.key';
const WAREHOUSES = 12;
const USAGES = 2;
const SUBSCRIBERS_PERCENT = 10;

/** Rows of the objects that have to do with nobody; as many in every org. */
export function warehousePlan(schema: Schema, staff: Staff): RowPlan {
  const object = schema.object('Warehouse__c')!;
  return {
    object,
    total: WAREHOUSES,
    key: `n + ${WAREHOUSE_KEYS}`,
    companyKey: `n + ${WAREHOUSE_KEYS}`,
    shapes: [{ bare: true, fields: {} }],
    columns: {
      ...auditColumns(object, staff),
      OwnerId: oneOf(k, 1_200, staff.salesIds),
      Name: `'Warehouse ' || r.n`,
      Code__c: `'W' || lpad(r.n::text, 4, '0')`,
      City__c: 'a.city',
      Capacity__c: draw(k, 1_201, 100_000),
    },
  };
}

/** Subscriptions of people with their use, sites of accounts, and what is in the warehouses. */
export function customPlans(
  schema: Schema,
  staff: Staff,
  { lead, contact, account }: PeoplePlans,
  warehouse: RowPlan,
): DerivedPlan[] {
  const last = lead.total + contact.total;
  const ofLead = `NOT ${isDeleted('r.n')} AND NOT (${columnOf(lead, 'IsConverted')})`;
  return [
    ...subscriptions(schema, staff, lead, ofLead, 'Lead__c', 'r.n', last),
    ...subscriptions(
      schema,
      staff,
      contact,
      `NOT ${isDeleted('r.n')}`,
      'Contact__c',
      `(${lead.total} + r.n)`,
      last,
    ),
    sites(schema, staff, account),
    stockLevels(schema, staff, warehouse),
  ];
}

const stamps = (staff: Staff) => {
  const by = oneOf(k, 1_210, [staff.syncUserId, ...staff.salesIds]);
  return {
    CreatedDate: at('g.created_age'),
    CreatedById: by,
    LastModifiedDate: at('g.changed_age'),
    LastModifiedById: by,
    SystemModstamp: at('g.touched_age'),
  };
};

const owner = (staff: Staff) => ({ OwnerId: oneOf(k, 1_211, staff.salesIds) });

function subscriptions(
  schema: Schema,
  staff: Staff,
  person: RowPlan,
  isLive: string,
  lookup: string,
  number: string,
  lastNumber: number,
): DerivedPlan[] {
  const object = schema.object('Subscription__c')!;
  const usage = schema.object('Usage__c')!;
  const where = `${chance(k, 1_220, SUBSCRIBERS_PERCENT)} AND ${isLive}`;
  const inBin = `(${number} % 89 = 0)`;
  const plan: DerivedPlan = {
    of: person,
    object,
    where,
    lastNumber,
    columns: {
      Id: idOf(object, number),
      Name: `'S-' || lpad(${number}::text, 8, '0')`,
      [lookup]: idOf(person.object, 'r.n'),
      IsDeleted: inBin,
      ...owner(staff),
      External_Key__c: some(k, 1_221, 70, `'sub-' || ${number}`),
      Plan__c: oneOf(k, 1_222, ['Basic', 'Basic', 'Professional', 'Enterprise']),
      Status__c: oneOf(k, 1_223, ['Trial', 'Active', 'Active', 'Cancelled']),
      Add_Ons__c: some(k, 1_224, 40, oneOf(k, 1_225, ['Support', 'Support;Storage', 'Reports'])),
      Started__c: dateAt('g.created_age'),
      Renews_At__c: some(
        k,
        1_226,
        60,
        `${at('g.created_age')} + interval '1 day' * ${draw(k, 1_227, 900)}`,
      ),
      Cut_Off__c: some(
        k,
        1_228,
        20,
        `time '17:00' + interval '15 minutes' * ${draw(k, 1_229, 12)}`,
      ),
      Auto_Renew__c: chance(k, 1_230, 60),
      Seats__c: some(k, 1_231, 80, draw(k, 1_232, 900)),
      Monthly_Price__c: some(k, 1_233, 85, `trim_scale(${draw(k, 1_234, 5_000_000)} / 100.0)`),
      Discount__c: some(k, 1_235, 30, `trim_scale(${draw(k, 1_236, 80)} / 2.0)`),
      Billing_Email__c: some(k, 1_237, 60, columnOf(person, 'Email')),
      Billing_Phone__c: some(k, 1_238, 30, columnOf(person, 'Phone')),
      Portal__c: some(k, 1_239, 30, `'https://portal.example/s/' || ${number}`),
      Notes__c: some(k, 1_240, 20, 't.body'),
      ...stamps(staff),
    },
  };
  const usages = Array.from({ length: USAGES }, (_, i): DerivedPlan => {
    const ownNumber = `(${USAGES} * (${number} - 1) + ${i + 1})`;
    return {
      of: person,
      object: usage,
      where: `${where} AND ${chance(k, 1_250 + i, 70)}`,
      lastNumber: USAGES * lastNumber,
      columns: {
        Id: idOf(usage, ownNumber),
        Name: `'U-' || lpad(${ownNumber}::text, 8, '0')`,
        Subscription__c: idOf(object, number),
        IsDeleted: inBin,
        Day__c: `${dateAt('g.changed_age')} - ${draw(k, 1_260 + i, 60)}::int`,
        Units__c: `trim_scale(${draw(k, 1_270 + i, 1_000_000)} / 10000.0)`,
        Amount__c: some(k, 1_280 + i, 90, `trim_scale(${draw(k, 1_290 + i, 100_000)} / 100.0)`),
        Over_Limit__c: chance(k, 1_295 + i, 10),
        ...stamps(staff),
      },
    };
  });
  return [plan, ...usages];
}

function sites(schema: Schema, staff: Staff, account: RowPlan): DerivedPlan {
  const object = schema.object('Site__c')!;
  return {
    of: account,
    object,
    where: `${chance(k, 1_300, 20)} AND NOT ${isDeleted('r.n')}`,
    lastNumber: account.total,
    columns: {
      Id: idOf(object, 'r.n'),
      Name: `left('Site ' || a.city, 80)`,
      Account__c: idOf(account.object, 'r.n'),
      ...owner(staff),
      City__c: 'a.city',
      Kind__c: oneOf(k, 1_301, ['Office', 'Plant', 'Shop']),
      Opened__c: some(k, 1_302, 70, dateAt('g.created_age')),
      Area__c: some(k, 1_303, 70, `trim_scale(${draw(k, 1_304, 500_000)} / 100.0)`),
      ...stamps(staff),
    },
  };
}

function stockLevels(schema: Schema, staff: Staff, warehouse: RowPlan): DerivedPlan {
  const object = schema.object('Stock_Level__c')!;
  return {
    of: warehouse,
    object,
    where: 'true',
    lastNumber: warehouse.total,
    columns: {
      Id: idOf(object, 'r.n'),
      Name: `'Stock ' || r.n`,
      Warehouse__c: idOf(warehouse.object, 'r.n'),
      ...owner(staff),
      Product_Code__c: `'P-' || ${draw(k, 1_310, 1_000)}`,
      Units__c: draw(k, 1_311, 5_000),
      Counted_At__c: at('g.changed_age'),
      ...stamps(staff),
    },
  };
}
