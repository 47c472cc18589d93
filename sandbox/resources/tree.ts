import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SalesforceError } from '../errors.ts';
import type { Org } from '../org.ts';
import { inTransaction } from '../transaction.ts';
import { createRecords } from '../writes/create.ts';
import type { WriteContext } from '../writes/types.ts';
import { refuseMistyped } from './mistyped-values.ts';
import { BASE, contextOf, listedErrors, objectNamed, sendJson } from './record-request.ts';
import { RefusedNode, readTree, type TreeNode } from './tree-request.ts';

interface OfObject {
  Params: { version: string; object: string };
}

/** Carries what was wrong out of the transaction. */
class Spoilt extends Error {
  readonly failures: { referenceId: string; errors: SalesforceError[] }[];

  constructor(failures: Spoilt['failures']) {
    super('a record of a tree could not be created');
    this.name = 'Spoilt';
    this.failures = failures;
  }
}

/** `POST composite/tree/X`: records with their children, all of them or none. */
export function treeRoutes(app: FastifyInstance, org: Org): void {
  app.post<OfObject>(`${BASE}/composite/tree/:object`, async (request, reply) => {
    try {
      return sendJson(reply, 201, { hasErrors: false, results: await create(org, request) });
    } catch (error) {
      const failures =
        error instanceof RefusedNode
          ? [{ referenceId: error.referenceId, errors: [error.reason] }]
          : error instanceof Spoilt
            ? error.failures
            : null;
      if (failures === null) throw error;
      const results = failures.map(({ referenceId, errors }) => ({
        referenceId,
        errors: listedErrors(errors),
      }));
      return sendJson(reply, 400, { hasErrors: true, results });
    }
  });
}

async function create(org: Org, request: FastifyRequest<OfObject>) {
  const root = objectNamed(org, request.session, request.params.object);
  const levels = readTree({ org, session: request.session }, root, request.body);
  for (const { object, fields, path } of levels.flat())
    refuseMistyped(request, object, fields, path);
  const context = contextOf(org, request);
  return inTransaction(context.db, async (client) => {
    const ids = new Map<TreeNode, string>();
    for (const level of levels) await createLevel({ ...context, db: client }, level, ids);
    return levels.flat().map((node) => ({ referenceId: node.referenceId, id: ids.get(node)! }));
  });
}

/** One level at a time, and in it one type at a time, as Salesforce does. */
async function createLevel(
  context: WriteContext,
  level: TreeNode[],
  ids: Map<TreeNode, string>,
): Promise<void> {
  const failures: Spoilt['failures'] = [];
  for (const [object, nodes] of Map.groupBy(level, (node) => node.object)) {
    const bodies = nodes.map(({ fields, parent }) =>
      parent === null ? fields : { ...fields, [parent.field]: ids.get(parent.node)! },
    );
    const results = await createRecords(context, object, bodies);
    for (const [i, { id, success, errors }] of results.entries()) {
      const node = nodes[i]!;
      if (success) ids.set(node, id!);
      else failures.push({ referenceId: node.referenceId, errors });
    }
  }
  if (failures.length > 0) throw new Spoilt(failures);
}
