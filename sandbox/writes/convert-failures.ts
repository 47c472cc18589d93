import { SalesforceError } from '../errors.ts';

/** Of the texts, those of status and owner are recorded from orgs; the others say what the documentation says. */
export const invalidConvertedStatus = (status: string) =>
  new SalesforceError(400, 'INVALID_STATUS', `invalid convertedStatus: ${status}`, ['Status']);

export const ownedByQueue = () =>
  new SalesforceError(
    400,
    'UNKNOWN_EXCEPTION',
    'Converted objects can only be owned by users.  If the lead is not owned by a user, you must specify a user for the Owner field.',
    [],
  );

export const contactNeedsAccount = () =>
  new SalesforceError(
    400,
    'REQUIRED_FIELD_MISSING',
    'An account ID is required when a contact ID is specified',
    ['AccountId'],
  );

export const contactOfOtherAccount = () =>
  new SalesforceError(
    400,
    'INVALID_CROSS_REFERENCE_KEY',
    'The contact is not associated with the specified account',
    ['ContactId'],
  );

export const noOpportunityWanted = (argument: string) =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    `${argument} must be left blank when doNotCreateOpportunity is true`,
    [],
  );

export const opportunityNamedTwice = () =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    'opportunityId and opportunityName are mutually exclusive',
    [],
  );

export const overwriteNeedsContact = () =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    'overwriteLeadSource can be true only when a contact ID is specified',
    [],
  );
