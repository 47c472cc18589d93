import { jsonParserError, SalesforceError } from '../errors.ts';
import type { JsonPath } from '../http/json-place.ts';
import type { Org, Session } from '../org.ts';
import type { SObject } from '../schema.ts';
import type { RecordBody } from '../writes/types.ts';
import { duplicateReferenceId } from './composite-failures.ts';

/** One record of a tree, without its children. */
export interface TreeNode {
  referenceId: string;
  object: SObject;
  fields: RecordBody;
  /** Where the record stands in the body. */
  path: JsonPath;
  /** The record above and the field that is to point at it; null for a root. */
  parent: { node: TreeNode; field: string } | null;
}

/** A node that cannot be taken, with why. */
export class RefusedNode extends Error {
  readonly referenceId: string;
  readonly reason: SalesforceError;

  constructor(referenceId: string, reason: SalesforceError) {
    super(reason.message);
    this.name = 'RefusedNode';
    this.referenceId = referenceId;
    this.reason = reason;
  }
}

const MOST_RECORDS = 200;
const MOST_TYPES = 5;
const MOST_LEVELS = 5;

interface Reader {
  org: Org;
  session: Session;
}

/** The nodes by level, roots first. Throws RefusedNode. */
export function readTree(reader: Reader, root: SObject, body: unknown): TreeNode[][] {
  if (body === undefined || body === null)
    throw jsonParserError('The HTTP entity body is required, but this request has no entity body.');
  const levels: TreeNode[][] = [];
  let below = recordsIn(body, '').map((given, i) =>
    readNode(reader, given, root, null, ['records', i]),
  );
  while (below.length > 0) {
    levels.push(below.map(({ node }) => node));
    below = below.flatMap(({ node, children }) =>
      children.map(({ given, object, field, path }) =>
        readNode(reader, given, object, { node, field }, path),
      ),
    );
    if (below.length > 0 && levels.length === MOST_LEVELS)
      throw refused(below[0]!.node.referenceId, `Only ${MOST_LEVELS} levels are allowed in a tree`);
    if (levels.flat().length + below.length > MOST_RECORDS)
      throw refused(
        below[0]?.node.referenceId ?? '',
        `Only ${MOST_RECORDS} records are allowed in a request`,
      );
  }
  refuseClashes(levels.flat());
  return levels;
}

function refuseClashes(nodes: TreeNode[]): void {
  if (nodes.length > MOST_RECORDS)
    throw refused(
      nodes[MOST_RECORDS]!.referenceId,
      `Only ${MOST_RECORDS} records are allowed in a request`,
    );
  if (new Set(nodes.map(({ object }) => object)).size > MOST_TYPES)
    throw refused(
      nodes.at(-1)!.referenceId,
      `Records of only ${MOST_TYPES} types are allowed in a request`,
    );
  const seen = new Set<string>();
  for (const { referenceId } of nodes) {
    if (seen.has(referenceId)) throw new RefusedNode(referenceId, duplicateReferenceId());
    seen.add(referenceId);
  }
}

interface Child {
  given: unknown;
  path: JsonPath;
  object: SObject;
  field: string;
}

function readNode(
  { org, session }: Reader,
  given: unknown,
  object: SObject,
  parent: TreeNode['parent'],
  path: JsonPath,
): { node: TreeNode; children: Child[] } {
  const { attributes, ...rest } = Object(given) as RecordBody;
  const { type, referenceId } = Object(attributes) as Record<string, unknown>;
  const id = String(referenceId ?? '');
  if (!/^[A-Za-z0-9]/.test(id))
    throw refused(
      id,
      'Include a reference ID that begins with a letter or a number for each record',
    );
  if (org.schema.object(String(type ?? '')) !== object)
    throw refused(
      id,
      `Include an attributes property with the type ${object.name} for this record`,
    );
  const relationships = org.schema.childRelationships(object);
  const fields: RecordBody = {};
  const children: Child[] = [];
  for (const [key, value] of Object.entries(rest)) {
    const found = relationships.find(
      ({ relationshipName }) => relationshipName?.toLowerCase() === key.toLowerCase(),
    );
    const child = found && org.schema.object(found.childSObject);
    if (found === undefined || child === undefined || !session.access.canRead(child.name))
      fields[key] = value;
    else
      children.push(
        ...recordsIn(value, id).map((one, i) => ({
          given: one,
          object: child,
          field: found.field,
          path: [...path, key, 'records', i],
        })),
      );
  }
  return { node: { referenceId: id, object, fields, path, parent }, children };
}

function recordsIn(given: unknown, referenceId: string): unknown[] {
  const { records } = Object(given) as { records?: unknown };
  if (Array.isArray(records) && records.length > 0) return records;
  throw refused(referenceId, 'Include the records of the tree in a list named records');
}

const refused = (referenceId: string, message: string) =>
  new RefusedNode(referenceId, new SalesforceError(400, 'INVALID_INPUT', message, []));
