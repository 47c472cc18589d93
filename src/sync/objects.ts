/** Who wins when both sides changed one field to different values (rule B). */
export type ConflictRule = 'salesforce' | 'marketing' | 'latest';

/** Which way values move: `both`, Salesforce → marketing (`pull`), marketing → Salesforce (`push`), not at all. */
export type Direction = 'both' | 'pull' | 'push' | 'off';

/** Names of the configured defaults for fields that Salesforce insists on (rule C6). */
export type DefaultName = 'lastName' | 'company';

/** One Salesforce object the sync knows. What varies by object stands here and nowhere else. */
export interface ObjectSpec {
  /** Salesforce's API name. */
  name: string;
  /** First three characters of its ids. */
  keyPrefix: string;
  /** Table in schema `marketing`. Objects may share one. */
  table: string;
  /** Objects of one tier may run side by side; a lower tier comes first (rule A6). */
  tier: number;
  /** SOQL condition that is always added; null for none. */
  where: string | null;
  way: 'both' | 'pull';
  /** May a row made in marketing become a record of this object (rule B)? */
  createable: boolean;
  conflict: ConflictRule;
  /** Field → column, where the column is not derived from the field's name (rule C2). */
  columns: Readonly<Record<string, string>>;
  /** Custom number fields that may hold the lead score, the first one found maps to `score` (rule C2). */
  scoreFields: readonly string[];
  /** Field → why it is left out unless config asks for it (rule J5). */
  leaveOut: Readonly<Record<string, string>>;
  /** Field → default taken when a record is created and the value is empty (rule C6). */
  required: Readonly<Record<string, DefaultName>>;
}

/** Columns the tables have of their own: no field may map to them. */
export const RESERVED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  person: ['id', 'sfdc_type', 'sfdc_out_of_scope', 'created_at'],
  account: [],
  sales_user: ['kind'],
};

const COMPOUND_NAME = 'compound: Salesforce builds it from the parts of the name';
const MOVES_WITH_LOGINS = 'moves with every login, also those of the sync user';

const PERSON_COLUMNS = {
  Id: 'sfdc_id',
  CreatedDate: 'sfdc_created_at',
  IsDeleted: 'sfdc_is_deleted',
  Description: 'notes',
  Email: 'email',
  Fax: 'fax',
  FirstName: 'first_name',
  LastName: 'last_name',
  HasOptedOutOfEmail: 'unsubscribed',
  LeadSource: 'source',
  MobilePhone: 'mobile_phone',
  Phone: 'phone',
  Salutation: 'salutation',
  Title: 'job_title',
};

const SCORE_FIELDS = ['Lead_Score__c', 'LeadScore__c', 'Score__c'];

/** Every object that is synced, in the order of rule A6. A further object is an entry here. */
export const OBJECTS: readonly ObjectSpec[] = [
  {
    name: 'User',
    keyPrefix: '005',
    table: 'sales_user',
    tier: 0,
    where: null,
    way: 'pull',
    createable: false,
    conflict: 'salesforce',
    columns: { Id: 'sfdc_id', CreatedDate: 'sfdc_created_at', IsDeleted: 'sfdc_is_deleted' },
    scoreFields: [],
    leaveOut: {
      LastLoginDate: MOVES_WITH_LOGINS,
      NumberOfFailedLogins: MOVES_WITH_LOGINS,
    },
    required: {},
  },
  {
    name: 'Group',
    keyPrefix: '00G',
    table: 'sales_user',
    tier: 0,
    where: "Type = 'Queue'",
    way: 'pull',
    createable: false,
    conflict: 'salesforce',
    columns: { Id: 'sfdc_id', CreatedDate: 'sfdc_created_at', IsDeleted: 'sfdc_is_deleted' },
    scoreFields: [],
    leaveOut: {},
    required: {},
  },
  {
    name: 'Account',
    keyPrefix: '001',
    table: 'account',
    tier: 1,
    where: null,
    way: 'pull',
    createable: false,
    conflict: 'salesforce',
    columns: { Id: 'sfdc_id', CreatedDate: 'sfdc_created_at', IsDeleted: 'sfdc_is_deleted' },
    scoreFields: [],
    leaveOut: {},
    required: {},
  },
  {
    name: 'Lead',
    keyPrefix: '00Q',
    table: 'person',
    tier: 2,
    where: null,
    way: 'both',
    createable: true,
    conflict: 'marketing',
    columns: {
      ...PERSON_COLUMNS,
      AnnualRevenue: 'annual_revenue',
      City: 'city',
      Company: 'company',
      ConvertedDate: 'sfdc_converted_at',
      Country: 'country',
      Industry: 'industry',
      IsConverted: 'sfdc_is_converted',
      NumberOfEmployees: 'num_employees',
      PostalCode: 'postal_code',
      Rating: 'rating',
      State: 'state',
      Status: 'status',
      Street: 'address',
      Website: 'website',
    },
    scoreFields: SCORE_FIELDS,
    leaveOut: { Name: COMPOUND_NAME },
    required: { LastName: 'lastName', Company: 'company' },
  },
  {
    name: 'Contact',
    keyPrefix: '003',
    table: 'person',
    tier: 2,
    where: null,
    way: 'both',
    createable: false,
    conflict: 'salesforce',
    columns: {
      ...PERSON_COLUMNS,
      AccountId: 'account',
      Birthdate: 'date_of_birth',
      MailingCity: 'city',
      MailingCountry: 'country',
      MailingPostalCode: 'postal_code',
      MailingState: 'state',
      MailingStreet: 'address',
    },
    scoreFields: SCORE_FIELDS,
    leaveOut: { Name: COMPOUND_NAME },
    required: { LastName: 'lastName' },
  },
];

/** The entry of an object; throws on a name that is not in the catalogue. */
export function objectSpec(name: string): ObjectSpec {
  const spec = OBJECTS.find((entry) => entry.name === name);
  if (!spec) {
    const known = OBJECTS.map((entry) => entry.name).join(', ');
    throw new Error(`Tandem does not sync the object ${name}; it knows ${known}.`);
  }
  return spec;
}

/** The object whose record a Salesforce id names; null for one that is not synced. */
export function objectOfId(id: string): ObjectSpec | null {
  return OBJECTS.find((entry) => id.startsWith(entry.keyPrefix)) ?? null;
}
