import { malformedQuery, type SalesforceError } from '../errors.ts';
import type { Name } from './ast.ts';
import { errorAt } from './position.ts';
import { MOST_RELATIONSHIPS } from './scope.ts';
import { Unresolved } from './unresolved.ts';

const CUSTOM_FIELD =
  "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. " +
  'Please reference your WSDL or the describe call for the appropriate names.';
export const CUSTOM_RELATIONSHIP =
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

  /** A refusal that points at a part of the query. */
  at({ offset }: Pick<Name, 'offset'>, code: string, reason: string): SalesforceError {
    return errorAt(this.soql, offset, code, reason);
  }

  malformed(where: Pick<Name, 'offset'>, reason: string): SalesforceError {
    return this.at(where, 'MALFORMED_QUERY', reason);
  }

  /** What a path that led nowhere is answered with; other errors go on as they are. */
  unresolved(error: unknown, path: Name): unknown {
    if (!(error instanceof Unresolved)) return error;
    const { failure } = error;
    if (failure.kind === 'levels')
      return malformedQuery(
        'SOQL statements cannot query foreign key relationships more than 5 levels away from the root entity object.',
      );
    if (failure.kind === 'relationships')
      return malformedQuery(
        `SOQL statements cannot query more than ${MOST_RELATIONSHIPS} foreign key relationships.`,
      );
    const reason =
      failure.kind === 'field'
        ? `No such column '${failure.name}' on entity '${failure.entity}'. ${CUSTOM_FIELD}`
        : `Didn't understand relationship '${failure.name}' in field path. ${CUSTOM_RELATIONSHIP}`;
    return this.at(path, 'INVALID_FIELD', reason);
  }

  unknownObject(name: Name): SalesforceError {
    return this.at(
      name,
      'INVALID_TYPE',
      `sObject type '${name.text}' is not supported. ${CUSTOM_ENTITY}`,
    );
  }

  notAllowed(field: string, where: Name, what: 'filtered' | 'sorted' | 'grouped'): SalesforceError {
    return this.at(where, 'INVALID_FIELD', `field '${field}' can not be ${what} in a query call`);
  }
}
