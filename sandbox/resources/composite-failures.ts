import { jsonParserError, SalesforceError } from '../errors.ts';

export const badReferenceId = (referenceId: string) =>
  jsonParserError(
    `Provided referenceId ('${referenceId}') must start with a letter or a number, and it can contain only letters, numbers and underscores ('_').`,
  );

/** For a composite and a tree alike. */
export const duplicateReferenceId = () =>
  new SalesforceError(400, 'INVALID_INPUT', 'Duplicate ReferenceId provided in the request.', []);

export const tooManyOperations = (limit: number, kind = 'operations') =>
  new SalesforceError(
    400,
    'LIMIT_EXCEEDED',
    `The request can’t contain more than ${limit} ${kind}.`,
  );

export const noValueForReference = (path: string, referenceId: string) =>
  new SalesforceError(
    400,
    'PROCESSING_HALTED',
    `Invalid reference specified. No value for ${path} found in ${referenceId}. ${badReferenceId(path).message}`,
  );

export const operationRolledBack = () =>
  new SalesforceError(
    400,
    'PROCESSING_HALTED',
    'The transaction was rolled back since another operation in the same transaction failed.',
  );

export const tooManyFailedGraphs = () =>
  new SalesforceError(
    400,
    'PROCESSING_HALTED',
    'Processing was halted because too many graphs of this request failed.',
  );
