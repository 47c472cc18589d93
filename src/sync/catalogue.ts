import type { ObjectSpec } from './objects.ts';

/** Columns the tables have of their own, each beside sfdc_out_of_scope: no field may map to them. */
export const RESERVED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  person: ['id', 'sfdc_type', 'created_at'],
  sales_user: ['kind'],
};

const COMPOUND_NAME = 'compound: Salesforce builds it from the parts of the name';
const COPIED_FROM_PERSON =
  'copied by Salesforce from the lead or contact, without moving the modstamp';
const ROLLED_UP = 'rolled up by Salesforce, without moving the modstamp';
const MOVES_WITH_LOGINS = 'moves with every login, also those of the sync user';

/** Follows tasks and events of the record, and no stamp with it. */
const ACTIVITY_DATE = ['LastActivityDate'];

/** Columns that every table has. */
const RECORD_COLUMNS = {
  Id: 'sfdc_id',
  CreatedDate: 'sfdc_created_at',
  IsDeleted: 'sfdc_is_deleted',
};

const PERSON_COLUMNS = {
  ...RECORD_COLUMNS,
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

const ACTIVITY = { where: 'WhoId != null', heldBy: 'WhoId', archived: true };

const SCORE_FIELDS = ['Lead_Score__c', 'LeadScore__c', 'Score__c'];

/** Same-named reasons for a list of fields. */
const because = (reason: string, ...fields: string[]) =>
  Object.fromEntries(fields.map((field) => [field, reason]));

/** An object that comes from Salesforce only, with what differs from that. */
function pulled(
  name: string,
  keyPrefix: string | null,
  table: string,
  tier: number,
  rest: Partial<ObjectSpec> = {},
): ObjectSpec {
  return {
    ...{
      name,
      keyPrefix,
      table,
      tier,
      optional: false,
      where: null,
      heldBy: null,
      archived: false,
    },
    ...{ way: 'pull', createable: false, conflict: 'salesforce' },
    ...{ columns: RECORD_COLUMNS, scoreFields: [], leaveOut: {}, required: {} },
    unstamped: ACTIVITY_DATE,
    ...rest,
  };
}

const CUSTOM_TIER = 6;

/** A custom object, in a table of its own name (rule G1). */
export const customObject = (name: string): ObjectSpec =>
  pulled(name, null, name.toLowerCase(), CUSTOM_TIER);

/** Every standard object that is synced, in the order of rule A6. A further object is an entry here. */
export const OBJECTS: readonly ObjectSpec[] = [
  pulled('User', '005', 'sales_user', 0, {
    leaveOut: because(MOVES_WITH_LOGINS, 'LastLoginDate', 'NumberOfFailedLogins'),
  }),
  pulled('Group', '00G', 'sales_user', 0, { where: "Type = 'Queue'" }),
  // F3: only in orgs with several currencies.
  pulled('CurrencyType', '01L', 'currency_type', 0, { optional: true }),
  pulled('Account', '001', 'account', 1),
  pulled('Lead', '00Q', 'person', 2, {
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
  }),
  pulled('Contact', '003', 'person', 2, {
    way: 'both',
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
  }),
  pulled('Campaign', '701', 'salesforce_campaign', 3, {
    leaveOut: because(
      ROLLED_UP,
      ...['AmountAllOpportunities', 'AmountWonOpportunities', 'LastActivityDate'],
      ...['NumberOfContacts', 'NumberOfConvertedLeads', 'NumberOfLeads', 'NumberOfOpportunities'],
      ...['NumberOfResponses', 'NumberOfWonOpportunities'],
      ...[
        ...['ActualCost', 'AmountAllOpportunities', 'AmountWonOpportunities', 'BudgetedCost'],
        ...['ExpectedRevenue', 'NumberOfContacts', 'NumberOfConvertedLeads', 'NumberOfLeads'],
        ...['NumberOfOpportunities', 'NumberOfResponses', 'NumberOfWonOpportunities', 'NumberSent'],
      ].map((name) => `Hierarchy${name}`),
    ),
  }),
  pulled('CampaignMemberStatus', '01Y', 'campaign_member_status', 3),
  // Its status goes both ways by its program (E3), and the later change wins (B).
  pulled('CampaignMember', '00v', 'campaign_member', 4, {
    conflict: 'latest',
    leaveOut: because(
      COPIED_FROM_PERSON,
      ...['City', 'CompanyOrAccount', 'Country', 'Description', 'DoNotCall', 'Email', 'Fax'],
      ...['FirstName', 'HasOptedOutOfEmail', 'HasOptedOutOfFax', 'LastName', 'LeadSource'],
      ...['LeadOrContactOwnerId', 'MobilePhone', 'Name', 'Phone', 'PostalCode', 'Salutation'],
      ...['State', 'Street', 'Title'],
    ),
  }),
  pulled('Opportunity', '006', 'opportunity', 4, {
    unstamped: [...ACTIVITY_DATE, 'HasOpenActivity', 'HasOverdueTask'],
  }),
  pulled('OpportunityContactRole', '00K', 'opportunity_contact_role', 5),
  pulled('Task', '00T', 'task', 7, ACTIVITY),
  pulled('Event', '00U', 'event', 7, ACTIVITY),
];
