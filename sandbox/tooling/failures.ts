import { SalesforceError } from '../errors.ts';

export const duplicateField = (name: string, object: string) =>
  new SalesforceError(
    400,
    'DUPLICATE_DEVELOPER_NAME',
    `There is already a field named ${name} on ${object}.`,
    ['DeveloperName'],
  );

export const duplicateObject = (name: string) =>
  new SalesforceError(
    400,
    'DUPLICATE_DEVELOPER_NAME',
    `There is already a Custom Object named ${name}. Please use a different name.`,
    ['DeveloperName'],
  );

export const noSuchTable = (name: string) =>
  new SalesforceError(
    400,
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `Entity Enumeration Or ID: bad value for restricted picklist field: ${name}`,
    ['TableEnumOrId'],
  );

export const mustSpecify = (what: string, type: string) =>
  new SalesforceError(
    400,
    'FIELD_INTEGRITY_EXCEPTION',
    `Must specify '${what}' for a CustomField of type ${type}`,
    [],
  );

export const integrity = (message: string, fields: string[] = []) =>
  new SalesforceError(400, 'FIELD_INTEGRITY_EXCEPTION', message, fields);

export const badEnum = (value: string, name: string) =>
  new SalesforceError(
    400,
    'JSON_PARSER_ERROR',
    `Value '${value}' is not a valid value for the enum '${name}'`,
  );

export const metadataRequired = () =>
  new SalesforceError(400, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [Metadata]', [
    'Metadata',
  ]);

export const fullNameRequired = () =>
  new SalesforceError(400, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [FullName]', [
    'FullName',
  ]);
