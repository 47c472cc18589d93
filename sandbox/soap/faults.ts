import type { SalesforceError } from '../errors.ts';

/** The types of a fault's detail, as the WSDLs name them. */
type Detail =
  | 'InvalidFieldFault'
  | 'InvalidIdFault'
  | 'InvalidNewPasswordFault'
  | 'InvalidQueryLocatorFault'
  | 'InvalidSObjectFault'
  | 'LoginFault'
  | 'MalformedQueryFault'
  | 'UnexpectedErrorFault';

const DETAILS: Record<string, Detail> = {
  INVALID_FIELD: 'InvalidFieldFault',
  INVALID_ID_FIELD: 'InvalidIdFault',
  INVALID_LOGIN: 'LoginFault',
  INVALID_NEW_PASSWORD: 'InvalidNewPasswordFault',
  INVALID_QUERY_LOCATOR: 'InvalidQueryLocatorFault',
  INVALID_TYPE: 'InvalidSObjectFault',
  LOGIN_DURING_RESTRICTED_DOMAIN: 'LoginFault',
  LOGIN_MUST_USE_SECURITY_TOKEN: 'LoginFault',
  MALFORMED_ID: 'InvalidIdFault',
  MALFORMED_QUERY: 'MalformedQueryFault',
};

/** These say where in a query it happened; -1 when it was in none. */
const WITH_PLACE = new Set<Detail>([
  'InvalidFieldFault',
  'InvalidSObjectFault',
  'MalformedQueryFault',
]);

/** A call that failed as a whole: HTTP 500 with `sf:CODE` or, from the SOAP layer, `soapenv:Client`. */
export class SoapFault extends Error {
  readonly code: string;
  /** Null for faults of the SOAP layer itself. */
  readonly detail: Detail | null;
  readonly place: { row: number; column: number } | null;
  readonly status: number;

  constructor(code: string, message: string, detail?: Detail | null, status = 500) {
    super(message);
    this.name = 'SoapFault';
    this.code = code;
    this.detail = detail === undefined ? (DETAILS[code] ?? 'UnexpectedErrorFault') : detail;
    this.place = this.detail !== null && WITH_PLACE.has(this.detail) ? placeIn(message) : null;
    this.status = status;
  }
}

function placeIn(message: string) {
  const [, row, column] = /ERROR at Row:(\d+):Column:(\d+)/.exec(message) ?? [];
  return { row: Number(row ?? -1), column: Number(column ?? -1) };
}

/** The same error as SOAP tells it. */
export function faultOf({ status, errorCode, message }: SalesforceError): SoapFault {
  if (errorCode === 'INVALID_SESSION_ID') return invalidSession();
  if (errorCode === 'API_DISABLED_FOR_ORG') return apiDisabled();
  // The edge's own failures keep their status; what the API refuses is a 500.
  return new SoapFault(errorCode, message, undefined, status > 500 ? status : 500);
}

/** A message that does not keep to SOAP or to the WSDL. */
export const clientFault = (message: string) => new SoapFault('Client', message, null);

export const invalidSession = () =>
  new SoapFault('INVALID_SESSION_ID', 'Invalid Session ID found in SessionHeader: Illegal Session');

export const apiDisabled = () =>
  new SoapFault('API_DISABLED_FOR_ORG', 'API is not enabled for this Organization or Partner');

export const noOperation = (namespace: string, name: string) =>
  clientFault(
    `No operation available for request {${namespace}}${name}, please check the WSDL for the service.`,
  );

export const notOfType = (value: string, type: string) =>
  clientFault(`'${value}' is not a valid value for the type ${type}`);

export const unsupportedVersion = () =>
  new SoapFault('UNSUPPORTED_API_VERSION', 'Invalid Api version specified on URL');

export const missingArgument = (name: string) =>
  new SoapFault('MISSING_ARGUMENT', `${name} is required`);

export const noConcreteType = () =>
  new SoapFault('INVALID_TYPE', 'Must send a concrete entity type.');

export const noSuchRelation = (name: string, object: string) =>
  new SoapFault(
    'INVALID_FIELD',
    `No such relation '${name}' on entity '${object}'. If you are attempting to use a custom field, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
  );

export const notAnExternalId = (field: string, object: string) =>
  new SoapFault(
    'INVALID_FIELD',
    `Field name provided, ${field} does not match an External ID, Salesforce Id, or indexed field for ${object}`,
  );

export const loginGone = (last: number) =>
  new SoapFault(
    'UNSUPPORTED_API_VERSION',
    `login() is available up to API version ${last}.0: log in by OAuth`,
  );
