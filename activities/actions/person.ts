import { type ActionPerson, findOwners, readPerson } from '../../src/marketing/action-person.ts';
import { isSalesforceId } from '../../src/sync/action.ts';
import type { ActionContext } from './context.ts';
import { ActionRefused } from './errors.ts';

/** The person whom the action is about. @throws ActionRefused */
export async function requirePerson({ db }: ActionContext, id: string): Promise<ActionPerson> {
  const person = await readPerson(db, id);
  if (person !== null) return person;
  throw new ActionRefused('NO_SUCH_PERSON', `There is no person ${id} in marketing.person.`);
}

/** A person with a record that actions may change. */
export type KnownPerson = ActionPerson & { sfdcId: string; object: 'Lead' | 'Contact' };

/** @throws ActionRefused when there is no record that may be changed */
export function requireRecord(person: ActionPerson): KnownPerson {
  const { sfdcId, object } = person;
  if (sfdcId === null || object === null) {
    throw new ActionRefused(
      'NOT_IN_SALESFORCE',
      'The person is not in Salesforce: ask for Sync Person first.',
    );
  }
  if (person.outOfScope) {
    throw new ActionRefused(
      'OUT_OF_SCOPE',
      'The record does not meet the record filter of this connection, so nothing is written to it.',
    );
  }
  if (person.isDeleted) {
    throw new ActionRefused(
      'ENTITY_IS_DELETED',
      'The record is deleted in Salesforce: undelete it there, or ask for Sync Person, which makes a new lead.',
    );
  }
  return { ...person, sfdcId, object };
}

export interface Owner {
  id: string;
  isQueue: boolean;
}

/** The user or queue that is meant by an id, an email or a name. @throws ActionRefused */
export async function requireOwner({ db }: ActionContext, owner: string): Promise<Owner> {
  const found = await findOwners(db, owner);
  if (found.length === 1) return ownerOf(found[0]!);
  if (found.length > 1) {
    throw new ActionRefused(
      'OWNER_AMBIGUOUS',
      `Several users or queues are called "${owner}": give the Salesforce id of one.`,
    );
  }
  // One that was made a moment ago is not here yet: Salesforce says whether there is one.
  if (isSalesforceId(owner) && /^(005|00G)/.test(owner)) return ownerOf(owner);
  throw new ActionRefused(
    'NO_SUCH_OWNER',
    `There is no user or queue "${owner}": give a Salesforce id, a user's email, or a name.`,
  );
}

const ownerOf = (id: string): Owner => ({ id, isQueue: id.startsWith('00G') });
