import type { Session } from '../org.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { blankExternalId, HARD_DELETE_REFUSED } from './failures.ts';
import { keyNamed, objectNamed, ruleId } from './ingest-create.ts';
import { OPERATIONS } from './load-rows.ts';
import { AsyncError } from './v1-errors.ts';
import type { ContentType, NewV1Job } from './v1-jobs.ts';

const CHUNK_SIZE = 100_000;
const LARGEST_CHUNK = 250_000;

const V1_OPERATIONS = [...OPERATIONS, 'query', 'queryAll'] as const;

/** Reads what a new job is to be. Throws InvalidJob or FeatureNotEnabled. */
export function readV1Job(
  org: SandboxOrg,
  session: Session,
  given: Record<string, unknown>,
  { apiVersion, pkChunking }: { apiVersion: string; pkChunking: string | undefined },
): NewV1Job {
  const operation = V1_OPERATIONS.find((name) => name === given.operation);
  if (operation === undefined)
    throw new AsyncError('InvalidJob', `Unable to parse Job: operation ${given.operation}`);
  const object = objectNamed(org, session, given.object);
  const contentType = String(given.contentType ?? 'XML');
  if (!/^(CSV|JSON|XML)$/.test(contentType))
    throw new AsyncError('InvalidJob', `Unable to parse Job: content type ${contentType}`);
  if (operation === 'hardDelete' && !session.access.has('BulkApiHardDelete'))
    throw new AsyncError('FeatureNotEnabled', HARD_DELETE_REFUSED);
  const isUpsert = operation === 'upsert';
  if (isUpsert && !given.externalIdFieldName)
    throw new AsyncError('InvalidJob', blankExternalId(object.name));
  const key = isUpsert ? keyNamed(session, object, given.externalIdFieldName) : null;
  const isQuery = operation === 'query' || operation === 'queryAll';
  return {
    operation,
    object: object.name,
    createdById: session.userId,
    externalIdFieldName: key?.name ?? null,
    assignmentRuleId: ruleId(given.assignmentRuleId),
    // Numbers are the places in the API's own list of modes.
    concurrencyMode: /^(1|serial)$/i.test(String(given.concurrencyMode)) ? 'Serial' : 'Parallel',
    contentType: contentType as ContentType,
    apiVersion,
    chunkSize: isQuery ? chunkSizeOf(pkChunking) : null,
  };
}

/** Of `true`, `chunkSize=50000; parent=Account`, …; null when it is not wanted. */
function chunkSizeOf(header: string | undefined): number | null {
  if (header === undefined || /^\s*false\s*$/i.test(header)) return null;
  const size = Number(/chunkSize\s*=\s*(\d+)/i.exec(header)?.[1] ?? CHUNK_SIZE);
  if (size < 1 || size > LARGEST_CHUNK)
    throw new AsyncError(
      'InvalidJob',
      `Invalid PK chunking size: ${size}. The most is ${LARGEST_CHUNK}`,
    );
  return size;
}
