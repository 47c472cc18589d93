import { SalesforceError } from '../errors.ts';
import type { Session } from '../org.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { Field, SObject } from '../schema.ts';
import { visibleField } from '../writes/fields.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import {
  blankExternalId,
  HARD_DELETE_REFUSED,
  invalidJob,
  noExternalId,
  noObject,
} from './failures.ts';
import type { NewIngestJob } from './ingest-jobs.ts';
import { OPERATIONS, type Operation } from './load-rows.ts';
import { DELIMITERS } from './results.ts';

/** Reads the body of a new ingest job. Throws 400 INVALIDJOB or FEATURENOTENABLED. */
export function readIngestJob(
  org: SandboxOrg,
  session: Session,
  body: unknown,
  apiVersion: string,
): NewIngestJob {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const { contentType, columnDelimiter, lineEnding, assignmentRuleId } = given;
  const operation = operationNamed(given.operation);
  const object = objectNamed(org, session, given.object);
  if ((contentType ?? 'CSV') !== 'CSV')
    throw invalidJob(`Unsupported content type: ${contentType}`);
  const delimiter = columnDelimiter ?? 'COMMA';
  if (typeof delimiter !== 'string' || !Object.hasOwn(DELIMITERS, delimiter))
    throw invalidJob(`Unsupported column delimiter: ${columnDelimiter}`);
  const ending = lineEnding ?? 'LF';
  if (ending !== 'LF' && ending !== 'CRLF')
    throw invalidJob(`Unsupported line ending: ${lineEnding}`);
  if (operation === 'hardDelete' && !session.access.has('BulkApiHardDelete'))
    throw new SalesforceError(400, 'FEATURENOTENABLED', HARD_DELETE_REFUSED);
  const key = operation === 'upsert' ? keyNamed(session, object, given.externalIdFieldName) : null;
  return {
    operation,
    object: object.name,
    externalIdFieldName: key?.name ?? null,
    assignmentRuleId: ruleId(assignmentRuleId),
    createdById: session.userId,
    apiVersion,
    lineEnding: ending,
    columnDelimiter: delimiter,
  };
}

function operationNamed(given: unknown): Operation {
  const known = OPERATIONS.find((name) => name === given);
  if (known === undefined)
    throw invalidJob(`Operation must be one of ${OPERATIONS.join(', ')}: ${given}`);
  return known;
}

/** An object that the caller may see, by name in any case. */
export function objectNamed(org: SandboxOrg, { access }: Session, given: unknown): SObject {
  const object = typeof given === 'string' ? org.schema.object(given) : undefined;
  if (object === undefined || !access.canRead(object.name)) throw invalidJob(noObject(given));
  return object;
}

/** The field of an upsert, by name in any case. */
export function keyNamed(session: Session, object: SObject, given: unknown): Field {
  if (typeof given !== 'string' || given === '') throw invalidJob(blankExternalId(object.name));
  const field = visibleField(session, object, given);
  if (field === undefined || !(field.externalId || field.idLookup || field.type === 'id'))
    throw invalidJob(noExternalId(object.name, given));
  return field;
}

/** The id of an assignment rule in 18 characters; null without one. */
export function ruleId(given: unknown): string | null {
  if (given === undefined || given === null || given === '') return null;
  const id = idOfRightShape(String(given));
  if (id === null) throw invalidJob(`Invalid assignment rule id: ${given}`);
  return id;
}
