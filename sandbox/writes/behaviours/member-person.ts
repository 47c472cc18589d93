import type { PoolClient } from 'pg';
import type { Org } from '../../org.ts';
import type { SObject } from '../../schema.ts';
import { columnSql } from '../../storage.ts';
import type { Save } from '../behaviour.ts';
import { findField } from '../fields.ts';
import type { Draft } from '../types.ts';
import { hasColumn } from './rows-of.ts';

const SAME = [
  ...['Salutation', 'FirstName', 'LastName', 'Title', 'Phone', 'MobilePhone', 'Fax', 'Email'],
  ...['Description', 'DoNotCall', 'HasOptedOutOfEmail', 'HasOptedOutOfFax', 'LeadSource', 'Name'],
];
const ADDRESS = ['Street', 'City', 'State', 'PostalCode', 'Country'];

/** What a member shows of its person: the member's field, and the person's that it shows. */
const FIELDS = {
  Lead: new Map([
    ...[...SAME, ...ADDRESS].map((name): [string, string] => [name, name]),
    ['CompanyOrAccount', 'Company'],
    ['LeadOrContactOwnerId', 'OwnerId'],
  ]),
  Contact: new Map([
    ...SAME.map((name): [string, string] => [name, name]),
    ...ADDRESS.map((name): [string, string] => [name, `Mailing${name}`]),
    ['LeadOrContactOwnerId', 'OwnerId'],
  ]),
};

type Person = keyof typeof FIELDS;

/** Fields of a person whose change shows in its memberships. */
const SHOWN = {
  Lead: shownFields('Lead'),
  Contact: shownFields('Contact'),
};

function shownFields(person: Person): Set<string> {
  return new Set([...FIELDS[person].values(), 'MiddleName', 'Suffix', 'AccountId']);
}

/**
 * Copies what members show of their lead or contact into the members' rows; no stamp moves, as
 * Salesforce reads these fields from the person. `condition` chooses members `m` by the ids in $1.
 */
async function copy(
  client: PoolClient,
  org: Org,
  person: Person,
  condition: string,
  ids: string[],
) {
  const member = org.schema.object('CampaignMember');
  const object = org.schema.object(person);
  if (member === undefined || object === undefined || ids.length === 0) return;
  const sets = [...FIELDS[person]]
    .filter(([name, source]) => hasColumn(member, name) && findField(object, source) !== undefined)
    .map(([name, source]) => `"${name}" = ${sqlOf(object, source)}`);
  if (person === 'Contact' && hasColumn(member, 'CompanyOrAccount'))
    sets.push(
      `"CompanyOrAccount" = (SELECT a."Name" FROM org."Account" a WHERE a."Id" = p."AccountId")`,
    );
  const link =
    person === 'Lead' ? 'm."LeadId" = p."Id" AND m."ContactId" IS NULL' : 'm."ContactId" = p."Id"';
  await client.query(
    `UPDATE org."CampaignMember" AS m SET ${sets.join(', ')}
       FROM org."${person}" p WHERE ${link} AND ${condition}`,
    [ids],
  );
}

const sqlOf = (object: SObject, name: string) => columnSql(object, findField(object, name)!, 'p');

/** Members that are new, or have been given another person. */
export async function copyToMembers(client: PoolClient, org: Org, memberIds: string[]) {
  for (const person of ['Lead', 'Contact'] as const)
    await copy(client, org, person, 'm."Id" = ANY($1)', memberIds);
}

/** All memberships of people who have changed in what members show. */
export async function copyFromPeople(client: PoolClient, org: Org, person: Person, save: Save) {
  if (save.kind === 'insert') return;
  const isShown = ({ values }: Draft) => [...values.keys()].some((name) => SHOWN[person].has(name));
  const ids = save.drafts.filter(isShown).map(({ id }) => id!);
  await copy(client, org, person, 'p."Id" = ANY($1)', ids);
}

/** All memberships of the contacts of accounts that have been given another name. */
export const copyFromAccounts = (client: PoolClient, org: Org, ids: string[]) =>
  copy(client, org, 'Contact', 'p."AccountId" = ANY($1)', ids);
