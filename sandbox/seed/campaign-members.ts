import { LEAD_SOURCES } from '../objects/shared.ts';
import type { Schema } from '../schema.ts';
import {
  campaignOf,
  campaignsFor,
  hasOwnStatuses,
  liveBefore,
  OWN_RESPONSE,
  OWN_STATUSES,
  oddCampaignOf,
} from './campaigns.ts';
import { accountOf } from './people.ts';
import type { PeoplePlans, Sizes } from './plans.ts';
import { columnOf, type DerivedPlan, idOf, type RowPlan } from './rows.ts';
import { chance, oneOf, some, text } from './sql.ts';
import type { Staff } from './staff.ts';
import { at, dateAt } from './stamps.ts';

/** Status and whether it is a response, of a member of this campaign. */
export function memberState(key: string, campaign: string): Record<'status' | 'response', string> {
  const own = hasOwnStatuses(`(${campaign})`);
  const ownStatus = oneOf(key, 540, OWN_STATUSES);
  const responded = chance(key, 541, 30);
  return {
    status: `CASE WHEN ${own} THEN ${ownStatus} WHEN ${responded} THEN 'Responded' ELSE 'Sent' END`,
    response: `CASE WHEN ${own} THEN ${ownStatus} = ${text(OWN_RESPONSE)} ELSE ${responded} END`,
  };
}

export function memberPlans(
  schema: Schema,
  staff: Staff,
  { lead, contact }: PeoplePlans,
  sizes: Sizes,
): DerivedPlan[] {
  const leads = 2 * lead.total;
  const notConverted = `NOT (${columnOf(lead, 'IsConverted')})`;
  const isMember = `${chance('r.key', 550, 25)} AND ${notConverted}`;
  const half = campaignsFor(sizes) / 2;
  const first = campaignOf('r.key', 551, sizes);
  const second = liveBefore(`(1 + (${first} + ${half}) % ${campaignsFor(sizes)})`, 1);
  const account = accountOf('r.n', sizes.accounts);
  const accountId = idOf(schema.object('Account')!, account);
  const ofLead = (where: string, number: string, campaign: string) =>
    memberPlan(schema, staff, lead, where, number, leads, campaign, {
      LeadId: idOf(lead.object, 'r.n'),
      CompanyOrAccount: columnOf(lead, 'Company'),
    });
  return [
    ofLead(isMember, '(2 * r.n - 1)', first),
    ofLead(`${isMember} AND ${chance('r.key', 552, 20)}`, '(2 * r.n)', second),
    memberPlan(
      schema,
      staff,
      contact,
      chance('r.key', 553, 25),
      `(${leads} + r.n)`,
      leads + contact.total,
      oddCampaignOf('r.key', 554, sizes),
      {
        ContactId: idOf(contact.object, 'r.n'),
        CompanyOrAccount: `(SELECT x."Name" FROM org."Account" AS x WHERE x."Id" = ${accountId})`,
      },
    ),
  ];
}

function memberPlan(
  schema: Schema,
  staff: Staff,
  person: RowPlan,
  where: string,
  number: string,
  lastNumber: number,
  campaign: string,
  columns: Record<string, string>,
): DerivedPlan {
  const object = schema.object('CampaignMember')!;
  const k = 'r.key';
  const { status, response } = memberState(k, campaign);
  const by = oneOf(k, 555, [staff.adminId, ...staff.salesIds]);
  const stamp = at('g.changed_age');
  return {
    of: person,
    object,
    where,
    lastNumber,
    columns: {
      Id: idOf(object, number),
      IsDeleted: columnOf(person, 'IsDeleted'),
      CampaignId: idOf(schema.object('Campaign')!, campaign),
      Status: status,
      HasResponded: response,
      FirstRespondedDate: `CASE WHEN ${response} THEN ${dateAt('g.changed_age')} END`,
      ...shown((name) => columnOf(person, name), person.object.name === 'Contact' ? 'Mailing' : ''),
      ...columns,
      Invited_By__c: some(k, 556, 20, oneOf(k, 557, LEAD_SOURCES)),
      CreatedDate: stamp,
      CreatedById: by,
      LastModifiedDate: stamp,
      LastModifiedById: by,
      SystemModstamp: stamp,
    },
  };
}

const SAME = [
  ...['Salutation', 'FirstName', 'LastName', 'Title', 'Phone', 'MobilePhone', 'Fax', 'Email'],
  ...['Description', 'DoNotCall', 'HasOptedOutOfEmail', 'HasOptedOutOfFax', 'LeadSource'],
];
const ADDRESS = ['Street', 'City', 'State', 'PostalCode', 'Country'];
const NAME_PARTS = ['FirstName', 'MiddleName', 'LastName', 'Suffix'];

/** What a member shows of its person, from the person's columns. */
export const shown = (
  value: (name: string) => string,
  address: string,
): Record<string, string> => ({
  ...Object.fromEntries(SAME.map((name) => [name, value(name)])),
  ...Object.fromEntries(ADDRESS.map((name) => [name, value(address + name)])),
  Name: `concat_ws(' ', ${NAME_PARTS.map(value).join(', ')})`,
  LeadOrContactOwnerId: value('OwnerId'),
});
