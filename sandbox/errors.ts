/** One error as REST shows it; `fields` only where a record is concerned. */
export interface ErrorBody {
  errorCode: string;
  message: string;
  fields?: string[];
}

/** An error that leaves as Salesforce's HTTP status and JSON array. Texts: one function each, below. */
export class SalesforceError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly fields: string[] | undefined;

  constructor(status: number, errorCode: string, message: string, fields?: string[]) {
    super(message);
    this.name = 'SalesforceError';
    this.status = status;
    this.errorCode = errorCode;
    this.fields = fields;
  }

  body(): ErrorBody[] {
    const { errorCode, message, fields } = this;
    return [fields === undefined ? { message, errorCode } : { message, errorCode, fields }];
  }
}

// Requests

export const notFound = () =>
  new SalesforceError(404, 'NOT_FOUND', 'The requested resource does not exist');

export const noExternalIdField = (name: string) =>
  new SalesforceError(
    404,
    'NOT_FOUND',
    `Provided external ID field does not exist or is not accessible: ${name}`,
  );

export const methodNotAllowed = (method: string, allowed: string[]) =>
  new SalesforceError(
    405,
    'METHOD_NOT_ALLOWED',
    `HTTP Method '${method}' not allowed. Allowed are ${allowed.join(',')}`,
  );

export const jsonParserError = (message: string) =>
  new SalesforceError(400, 'JSON_PARSER_ERROR', message);

export const notAnSObject = (token: string) =>
  jsonParserError(`Can not deserialize SObject out of ${token} token at [line:1, column:1]`);

export const malformedQuery = (message: string) =>
  new SalesforceError(400, 'MALFORMED_QUERY', message);

export const unsupportedObject = (name: string) =>
  new SalesforceError(
    400,
    'INVALID_TYPE',
    `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
  );

export const tooManyRecords = (limit: number) =>
  new SalesforceError(
    400,
    'EXCEEDED_ID_LIMIT',
    `record limit reached. cannot submit more than ${limit} records into this call`,
  );

export const tooManyChunks = () =>
  new SalesforceError(
    400,
    'INVALID_INPUT',
    'Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking.',
  );

export const invalidInput = (message: string) => new SalesforceError(400, 'INVALID_INPUT', message);

export const missingArgument = (message: string, fields: string[] = []) =>
  new SalesforceError(400, 'MISSING_ARGUMENT', message, fields);

export const invalidReplicationDate = (message: string) =>
  new SalesforceError(400, 'INVALID_REPLICATION_DATE', message);

export const notReplicateable = (object: string) =>
  new SalesforceError(400, 'INVALID_TYPE_FOR_OPERATION', `entity ${object} is not replicateable`);

export const unmodifiedSinceFailed = () =>
  new SalesforceError(
    412,
    'PRECONDITION_FAILED',
    'The record has been modified since the given date',
  );

// Records: which row

export const entityIsDeleted = (status = 404) =>
  new SalesforceError(status, 'ENTITY_IS_DELETED', 'entity is deleted', []);

/** 404 for the record itself; as a bad lookup value, 400. */
export const invalidCrossReference = (status = 400) =>
  new SalesforceError(status, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);

export const idOfIncorrectType = (label: string, field: string, id: string) =>
  new SalesforceError(400, 'MALFORMED_ID', `${label}: id value of incorrect type: ${id}`, [field]);

/** As a lookup's value: the id of a row, but of an object that the field does not refer to. */
export const idOfAnotherObject = (label: string, field: string, id: string) =>
  new SalesforceError(
    400,
    'FIELD_INTEGRITY_EXCEPTION',
    `${label}: id value of incorrect type: ${id}`,
    [field],
  );

export const malformedId = (id: string) =>
  new SalesforceError(400, 'MALFORMED_ID', `malformed id ${id}`, []);

export const duplicateExternalId = (value: string, field: string) =>
  new SalesforceError(400, 'DUPLICATE_VALUE', `Duplicate external id specified: ${value}`, [field]);

export const severalMatches = (field: string, ids: string[]) =>
  new SalesforceError(
    300,
    'DUPLICATE_EXTERNAL_ID',
    `${field}: more than one record found for external id field: [${ids.join(', ')}]`,
    [],
  );

// Records: permissions

export const cannotInsert = (label: string) =>
  new SalesforceError(
    400,
    'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
    `entity type cannot be inserted: ${label}`,
    [],
  );

export const cannotUpdate = (label: string) =>
  new SalesforceError(
    400,
    'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
    `entity type cannot be updated: ${label}`,
    [],
  );

export const insufficientAccess = () =>
  new SalesforceError(
    403,
    'INSUFFICIENT_ACCESS_OR_READONLY',
    'insufficient access rights on object id',
    [],
  );

export const insufficientAccessOnReference = () =>
  new SalesforceError(
    400,
    'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY',
    'insufficient access rights on cross-reference id',
    [],
  );

// Records: fields

export const noSuchColumn = (field: string, object: string) =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    `No such column '${field}' on sobject of type ${object}`,
    [],
  );

/** As queries and retrieves word it. */
export const noSuchColumnOfEntity = (field: string, object: string) =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    `No such column '${field}' on entity '${object}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
  );

export const idInBody = () =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    'The Id field should not be specified in the sobject data.',
    [],
  );

export const externalIdInBody = (field: string) =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    `The ${field} field should not be specified in the sobject data.`,
    [],
  );

export const idOnInsert = () =>
  new SalesforceError(
    400,
    'INVALID_FIELD_FOR_INSERT_UPDATE',
    'cannot specify Id in an insert call',
    ['Id'],
  );

export const notWritable = (fields: string[]) =>
  new SalesforceError(
    400,
    'INVALID_FIELD_FOR_INSERT_UPDATE',
    `Unable to create/update fields: ${fields.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
    fields,
  );

export const requiredFieldsMissing = (fields: string[]) =>
  new SalesforceError(
    400,
    'REQUIRED_FIELD_MISSING',
    `Required fields are missing: [${fields.join(', ')}]`,
    fields,
  );

export const stringTooLong = (label: string, field: string, value: string, length: number) =>
  new SalesforceError(
    400,
    'STRING_TOO_LONG',
    `${label}: data value too large: ${value} (max length=${length})`,
    [field],
  );

export const invalidEmail = (label: string, field: string, value: string) =>
  new SalesforceError(400, 'INVALID_EMAIL_ADDRESS', `${label}: invalid email address: ${value}`, [
    field,
  ]);

export const invalidType = (label: string, field: string, value: string) =>
  new SalesforceError(
    400,
    'INVALID_TYPE_ON_FIELD_IN_RECORD',
    `${label}: value not of required type: ${value}`,
    [field],
  );

export const numberOutsideRange = (label: string, field: string, value: string) =>
  new SalesforceError(
    400,
    'NUMBER_OUTSIDE_VALID_RANGE',
    `${label}: value outside of valid range on numeric field: ${value}`,
    [field],
  );

export const badPicklistValue = (label: string, field: string, value: string) =>
  new SalesforceError(
    400,
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `${label}: bad value for restricted picklist field: ${value}`,
    [field],
  );

export const recordTypeNotValid = (label: string, field: string, id: string) =>
  new SalesforceError(
    400,
    'INVALID_CROSS_REFERENCE_KEY',
    `${label}: this ID value isn't valid for the user: ${id}`,
    [field],
  );

export const foreignKeyNotFound = (value: string, field: string, object: string) =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    `Foreign key external ID: ${value} not found for field ${field} in entity ${object}`,
    [],
  );

export const foreignKeyAmbiguous = (value: string, field: string, object: string) =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    `Foreign key external ID: ${value} matches more than one record for field ${field} in entity ${object}`,
    [],
  );

export const inactiveOwner = (id: string, object: string) =>
  new SalesforceError(
    400,
    'INACTIVE_OWNER_OR_USER',
    `operation performed with inactive user [${id}] as owner of ${object.toLowerCase()}`,
    [],
  );

// Records: the row as a whole

export const validationRuleBroken = (message: string, field: string | null) =>
  new SalesforceError(
    400,
    'FIELD_CUSTOM_VALIDATION_EXCEPTION',
    message,
    field === null ? [] : [field],
  );

/** `id` in 15 characters, as Salesforce writes it here. */
export const duplicateValue = (field: string, id: string) =>
  new SalesforceError(
    400,
    'DUPLICATE_VALUE',
    `duplicate value found: ${field} duplicates value on record with id: ${id.slice(0, 15)}`,
    [],
  );

export const convertedLead = () =>
  new SalesforceError(400, 'CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead', []);

export const unableToLock = (ids: string[]) =>
  new SalesforceError(
    400,
    'UNABLE_TO_LOCK_ROW',
    ids.length === 0
      ? 'unable to obtain exclusive access to this record'
      : `unable to obtain exclusive access to this record or ${ids.length} records: ${ids.join(',')}`,
    [],
  );

export const deleteFailed = (name: string, things: string, names: string[]) =>
  new SalesforceError(
    400,
    'DELETE_FAILED',
    `Your attempt to delete ${name} could not be completed because it is associated with the following ${things}.: ${names.join(', ')}`,
    [],
  );

export const undeleteFailed = () =>
  new SalesforceError(400, 'UNDELETE_FAILED', 'Entity is not in the recycle bin', []);

export const rolledBack = () =>
  new SalesforceError(
    400,
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    'Record rolled back because not all records were valid and the request was using AllOrNone header',
    [],
  );

export const sessionExpired = () =>
  new SalesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');

export const badAuthHeader = () =>
  new SalesforceError(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');

export const dailyLimitExceeded = () =>
  new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');

export const concurrentLimitExceeded = () =>
  new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.');

export const serverUnavailable = () =>
  new SalesforceError(503, 'SERVER_UNAVAILABLE', 'Server Unavailable');

export const unexpected = (status: number, errorId: string) =>
  new SalesforceError(
    status,
    'UNKNOWN_EXCEPTION',
    `An unexpected error occurred. Please include this ErrorId if you contact support: ${errorId}`,
  );

export const queryTimeout = () =>
  new SalesforceError(400, 'QUERY_TIMEOUT', 'Your query request was running for too long.');

export const unsupportedMediaType = () =>
  new SalesforceError(415, 'UNSUPPORTED_MEDIA_TYPE', 'Unsupported Media Type');

/** A composite or a batch that cannot be run at all. */
export const invalidRequest = (message: string) =>
  new SalesforceError(400, 'INVALID_REQUEST', message);
