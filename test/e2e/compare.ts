import { OBJECTS, objectSpec } from '../../src/sync/objects.ts';
import type { Crm } from '../support/crm.ts';
import type { System } from '../support/system.ts';

/** The default field map, as rule C2 gives it. */
export const C2: Record<'Lead' | 'Contact', Record<string, string>> = {
  Lead: {
    AnnualRevenue: 'annual_revenue',
    City: 'city',
    Company: 'company',
    ConvertedDate: 'sfdc_converted_at',
    Country: 'country',
    CreatedDate: 'sfdc_created_at',
    Description: 'notes',
    Email: 'email',
    Fax: 'fax',
    FirstName: 'first_name',
    HasOptedOutOfEmail: 'unsubscribed',
    Industry: 'industry',
    IsConverted: 'sfdc_is_converted',
    IsDeleted: 'sfdc_is_deleted',
    LastName: 'last_name',
    LeadSource: 'source',
    MobilePhone: 'mobile_phone',
    NumberOfEmployees: 'num_employees',
    Phone: 'phone',
    PostalCode: 'postal_code',
    Rating: 'rating',
    Salutation: 'salutation',
    State: 'state',
    Status: 'status',
    Street: 'address',
    Title: 'job_title',
    Website: 'website',
    Lead_Score__c: 'score',
  },
  Contact: {
    Birthdate: 'date_of_birth',
    CreatedDate: 'sfdc_created_at',
    Description: 'notes',
    Email: 'email',
    Fax: 'fax',
    FirstName: 'first_name',
    HasOptedOutOfEmail: 'unsubscribed',
    IsDeleted: 'sfdc_is_deleted',
    LastName: 'last_name',
    LeadSource: 'source',
    MailingCity: 'city',
    MailingCountry: 'country',
    MailingPostalCode: 'postal_code',
    MailingState: 'state',
    MailingStreet: 'address',
    MobilePhone: 'mobile_phone',
    Phone: 'phone',
    Salutation: 'salutation',
    Title: 'job_title',
    AccountId: 'account',
    Lead_Score__c: 'score',
  },
};

/** Fields without a column: what J6 and the docs of the field map leave out. */
const WITHOUT_COLUMN = new Set([
  'SystemModstamp',
  'LastModifiedDate',
  'LastModifiedById',
  'LastViewedDate',
  'LastReferencedDate',
  'Tandem_Id__c',
]);
const TYPES_WITHOUT_COLUMN = ['address', 'location', 'base64'];

export interface Mapped {
  field: string;
  column: string;
  type: string;
}

/** Which fields must have a column, from the org's describe alone; which column, from `tandem fields`. */
export async function mappedFields(system: System, object: string): Promise<Mapped[]> {
  const { fields } = await system.syncUser.describe(object);
  const shown = (await system.tandem(['fields', '--object', object])).json as {
    field: string;
    column: string;
    direction: string;
  }[];
  return fields
    .filter(({ name, type }) => {
      const left = WITHOUT_COLUMN.has(name) || name in objectSpec(object).leaveOut;
      return !left && !TYPES_WITHOUT_COLUMN.includes(type);
    })
    .map(({ name, type }) => {
      const entry = shown.find(({ field }) => field === name);
      if (entry === undefined || entry.direction === 'off') {
        throw new Error(`${object}.${name} is not synced`);
      }
      return { field: name, column: entry.column, type };
    });
}

/** Every object that each org has, as the catalogue gives it. */
export const TABLES: Record<
  string,
  { table: string; where: string; soql: string; archived: boolean }
> = Object.fromEntries(
  OBJECTS.filter(({ optional }) => !optional).map(({ name, table, keyPrefix, where, archived }) => [
    name,
    {
      table,
      where: `left(sfdc_id, 3) = '${keyPrefix}'`,
      soql: where === null ? '' : ` WHERE ${where}${archived ? ' AND IsDeleted = false' : ''}`,
      archived,
    },
  ]),
);

type Row = Record<string, string | null>;

/** Every row of the object as the org's REST API shows it to the admin, in the form of J6's types. */
export async function rowsInSalesforce(crm: Crm, object: string, fields: Mapped[]): Promise<Row[]> {
  const names = fields.map(({ field }) => field).join(', ');
  const { soql, archived } = TABLES[object]!;
  // Archived activities come by queryAll only (H1).
  const rows = await crm.query(`SELECT ${names} FROM ${object}${soql} ORDER BY Id`, {
    deletedToo: archived,
  });
  return rows.map((row) =>
    Object.fromEntries(fields.map(({ field, type }) => [field, shown(type, row[field] ?? null)])),
  );
}

/** The same rows as the marketing database holds them. */
export async function rowsInMarketing(
  system: System,
  object: string,
  fields: Mapped[],
): Promise<Row[]> {
  const { table, where } = TABLES[object]!;
  const columns = fields.map(
    ({ field, column, type }) => `${held(type, `"${column}"`)} as "${field}"`,
  );
  return system.sql<Row>(
    `select ${columns.join(', ')} from marketing.${table} where ${where}
     and not sfdc_is_deleted order by sfdc_id collate "C"`,
  );
}

const NUMBERS = ['int', 'long', 'double', 'currency', 'percent'];

function held(type: string, column: string): string {
  if (NUMBERS.includes(type)) return `trim_scale(${column}::numeric)::text`;
  if (type === 'datetime') {
    return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  }
  if (type === 'time') return `to_char(${column}, 'HH24:MI:SS.MS"Z"')`;
  return `${column}::text`;
}

function shown(type: string, value: string | null): string | null {
  if (value === null || value === '') return null;
  if (NUMBERS.includes(type)) return plainNumber(value);
  if (type === 'datetime') return `${new Date(value).toISOString().slice(0, 19)}Z`;
  return value;
}

/** `1.50E3` as `1500`. */
function plainNumber(text: string): string {
  const [digits, exponent] = text.toLowerCase().split('e') as [string, string?];
  const sign = digits.startsWith('-') ? '-' : '';
  const [whole, fraction = ''] = digits.replace('-', '').split('.') as [string, string?];
  const point = whole.length + Number(exponent ?? 0);
  const all = (whole + fraction)
    .padEnd(point, '0')
    .padStart((whole + fraction).length - Math.min(point, 0), '0');
  const at = Math.max(point, 0);
  const integer = all.slice(0, at).replace(/^0+/, '') || '0';
  const rest = all.slice(at).replace(/0+$/, '');
  const plain = rest === '' ? integer : `${integer}.${rest}`;
  return plain === '0' ? plain : sign + plain;
}

/** Changes whenever a row of the table is written, even with the same values. */
export async function rowVersions(system: System): Promise<string> {
  const tables = ['person', 'account', 'sales_user', 'activity'].map(
    (table) =>
      `select md5(coalesce(string_agg(ctid::text || xmin::text, ',' order by ctid), '')) as version from marketing.${table}`,
  );
  const rows = await system.sql<{ version: string }>(tables.join(' union all '));
  return rows.map(({ version }) => version).join();
}
