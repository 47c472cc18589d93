import { malformedQuery, type SalesforceError } from '../errors.ts';
import { errorAt, find } from './position.ts';
import { Unresolved } from './scope.ts';

const CUSTOM_FIELD =
  "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. " +
  'Please reference your WSDL or the describe call for the appropriate names.';
const CUSTOM_RELATIONSHIP =
  "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. " +
  'Please reference your WSDL or the describe call for the appropriate names.';
const CUSTOM_ENTITY =
  "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. " +
  'Please reference your WSDL or the describe call for the appropriate names.';

/** The query's text while it is compiled, so that a refusal can show its spot. */
export class Source {
  readonly soql: string;
  constructor(soql: string) {
    this.soql = soql;
  }

  /** A refusal that points at a word of the query, looked for from a clause's keyword on. */
  at(word: string, code: string, reason: string, clause = 'SELECT'): SalesforceError {
    return errorAt(this.soql, find(this.soql, word, find(this.soql, clause)), code, reason);
  }

  /** What a path that led nowhere is answered with; other errors go on as they are. */
  unresolved(error: unknown, path: string, clause: string): unknown {
    if (!(error instanceof Unresolved)) return error;
    const { failure } = error;
    if (failure.kind === 'levels')
      return malformedQuery(
        `SOQL statements cannot query more than 5 levels of parent relationships: ${path}`,
      );
    const reason =
      failure.kind === 'field'
        ? `No such column '${failure.name}' on entity '${failure.entity}'. ${CUSTOM_FIELD}`
        : `Didn't understand relationship '${failure.name}' in field path. ${CUSTOM_RELATIONSHIP}`;
    return this.at(path, 'INVALID_FIELD', reason, clause);
  }

  unknownObject(name: string): SalesforceError {
    return this.at(
      name,
      'INVALID_TYPE',
      `sObject type '${name}' is not supported. ${CUSTOM_ENTITY}`,
      'FROM',
    );
  }

  notAllowed(
    field: string,
    path: string,
    what: 'filtered' | 'sorted' | 'grouped',
    clause: string,
  ): SalesforceError {
    return this.at(
      path,
      'INVALID_FIELD',
      `field '${field}' can not be ${what} in a query call`,
      clause,
    );
  }

  unsupported(what: string): SalesforceError {
    return malformedQuery(`${what} is not supported`);
  }
}
