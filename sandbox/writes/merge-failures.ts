import { SalesforceError } from '../errors.ts';

/** Nothing but the code MERGE_FAILED is documented of these; the words are not recorded from an org. */
const mergeFailed = (message: string) => new SalesforceError(400, 'MERGE_FAILED', message, []);

export const notMergeable = (object: string) =>
  new SalesforceError(400, 'INVALID_TYPE', `sObject type '${object}' does not support merge`, []);

export const nothingToMerge = () =>
  new SalesforceError(
    400,
    'MISSING_ARGUMENT',
    'recordToMergeIds: at least one record to merge must be specified',
    [],
  );

export const tooManyToMerge = () =>
  new SalesforceError(
    400,
    'EXCEEDED_ID_LIMIT',
    'record limit reached. cannot submit more than 2 records to merge into one master record',
    [],
  );

export const mergedWithItself = () => mergeFailed('A record cannot be merged with itself');

export const loop = (field: string) =>
  new SalesforceError(
    400,
    'CIRCULAR_DEPENDENCY',
    'The merge would make the record a parent of itself',
    [field],
  );
