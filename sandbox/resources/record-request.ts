import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  idOfIncorrectType,
  jsonParserError,
  noExternalIdField,
  noSuchColumnOfEntity,
  notAnSObject,
  notFound,
  type SalesforceError,
} from '../errors.ts';
import type { Org, Session } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { visibleField } from '../writes/fields.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import type { RecordBody, RecordResult, WriteContext } from '../writes/types.ts';
import { writeHeadersOf } from '../writes/write-headers.ts';
import { refuseMistyped, tokenOf } from './mistyped-values.ts';

export const BASE = '/services/data/v:version';

/** The version that brought the header about duplicate rules to REST; before, it says nothing. */
const HAS_DUPLICATE_RULES = 52;

export const contextOf = (org: Org, request: FastifyRequest): WriteContext => ({
  org,
  session: request.session,
  db: request.db,
  headers: writeHeadersOf({ headers: headersThatCount(request) }),
});

function headersThatCount({ headers, params }: FastifyRequest): FastifyRequest['headers'] {
  const { version } = Object(params) as { version?: string };
  if (Number(version) >= HAS_DUPLICATE_RULES) return headers;
  const { 'sforce-duplicate-rule-header': _, ...rest } = headers;
  return rest;
}

/** An object the caller may see, by name in any case; NOT_FOUND otherwise. */
export function objectNamed(org: Org, session: Session, name: string): SObject {
  const object = org.schema.object(name);
  if (object === undefined || !session.access.canRead(object.name)) throw notFound();
  return object;
}

/** The id in a row's path, in 18 characters. Throws what Salesforce answers to one that is none. */
export function idInPath(object: SObject, text: string, refuse: 'read' | 'write'): string {
  const id = idOfRightShape(text);
  if (id === null) throw noExternalIdField(text);
  if (id.slice(0, 3) === object.keyPrefix) return id;
  throw refuse === 'read' ? notFound() : idOfIncorrectType(`${object.label} ID`, 'Id', text);
}

/** A field that rows may be addressed by. */
export function externalIdField(session: Session, object: SObject, name: string): Field {
  const field = visibleField(session, object, name);
  if (field === undefined || !(field.externalId || field.idLookup)) throw noExternalIdField(name);
  return field;
}

/** The fields of a comma-separated list; INVALID_FIELD for one that is not there for the caller. */
export function fieldsNamed(session: Session, object: SObject, names: string[]): Field[] {
  const fields = names
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const field = visibleField(session, object, name);
      if (field === undefined) throw noSuchColumnOfEntity(name, object.name);
      return field;
    });
  return [...new Set(fields)];
}

/** The body as a record of the object. Throws JSON_PARSER_ERROR, also for values of another type than their field's. */
export function recordBody(request: FastifyRequest, object: SObject): RecordBody {
  const body = objectIn(request.body);
  refuseMistyped(request, object, body);
  return body;
}

/** The body as a JSON object. */
export function objectIn(body: unknown): RecordBody {
  if (body === undefined || body === null)
    throw jsonParserError('The HTTP entity body is required, but this request has no entity body.');
  if (typeof body === 'object' && !Array.isArray(body)) return body as RecordBody;
  throw notAnSObject(tokenOf(body));
}

export function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).type('application/json;charset=UTF-8').send(JSON.stringify(body));
}

/** The errors of one record as an answer of their own; the status is that of the first. */
export function sendErrors(reply: FastifyReply, errors: SalesforceError[]): FastifyReply {
  return sendJson(
    reply,
    errors[0]!.status,
    errors.flatMap((error) => error.body()),
  );
}

/** One record's result in a list of them. `withId`: failed updates and deletes name the record too. */
export function listedResult({ id, success, created, errors }: RecordResult, withId: boolean) {
  const shown = success || withId ? id : null;
  return {
    ...(shown === null ? {} : { id: shown }),
    success,
    errors: listedErrors(errors),
    ...(created === undefined ? {} : { created }),
  };
}

/** Errors as lists of results show them. */
export const listedErrors = (errors: SalesforceError[]) =>
  errors.map(({ errorCode, message, fields }) => ({
    statusCode: errorCode,
    message,
    fields: fields ?? [],
  }));
