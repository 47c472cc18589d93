import { SalesforceError } from '../errors.ts';

/** A job that cannot be made. */
export const invalidJob = (message: string) => new SalesforceError(400, 'INVALIDJOB', message);

/** A job that is not in a state for what is asked. */
export const wrongState = (message: string) => new SalesforceError(400, 'INVALIDJOBSTATE', message);

export const contentTwice = (id: string) =>
  new SalesforceError(
    400,
    'CLIENTINPUTERROR',
    `Found multiple contents for job: <${id}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job and make sure you only do 'PUT' once on a given Job.`,
  );

export const contentTooLarge = () =>
  new SalesforceError(413, 'REQUEST_TOO_LARGE', 'Maximum size of request reached');

export const HARD_DELETE_REFUSED =
  'hardDelete operation requires special user profile permission, please contact your system administrator';

export const noObject = (name: unknown) => `Unable to find object: ${name}`;

export const blankExternalId = (object: string) =>
  `External ID was blank for ${object}. An External ID must be specified for upsert.`;

export const noExternalId = (object: string, field: string) =>
  `Field name provided, ${field} does not match an External ID for ${object}`;

/** What makes a whole job fail; stands in its errorMessage, or in a batch's stateMessage. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
}

export const fieldNotFound = (name: string) =>
  new BatchError(`InvalidBatch : Field name not found : ${name}`);

export const unescapedQuote = () =>
  new BatchError(
    'InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote',
  );

export const wrongLineEnding = (setting: string) =>
  new BatchError(
    `ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ${setting}`,
  );

export const noRecords = () => new BatchError('InvalidBatch : Records not found');

export const headerTooLong = (most: number) =>
  new BatchError(`InvalidBatch : CSV header is longer than ${most} characters`);
