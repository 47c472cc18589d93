import type { PoolClient } from 'pg';
import type { SandboxOrg } from '../../sandbox-org.ts';
import { changedNow } from '../../sandbox-org.ts';
import { refreshDefinitions } from '../../tooling/definitions.ts';
import { inTransaction } from '../../transaction.ts';
import { wrong } from '../read-fault.ts';
import { assignment } from './assignment.ts';
import { duplicate } from './duplicate.ts';
import type { RuleChange, RuleKind } from './kind.ts';
import { leadMapping } from './lead-mapping.ts';
import { status } from './status.ts';
import { validation } from './validation.ts';

const KINDS: Record<string, RuleKind> = { assignment, duplicate, leadMapping, status, validation };
const OPERATIONS = ['add', 'change', 'remove'] as const;

/** `POST /control/rules`: adds, changes or removes one rule; all of it or nothing. */
export async function changeRules(org: SandboxOrg, body: unknown): Promise<{ changed: true }> {
  const change = Object(body) as RuleChange;
  const kind = Object.hasOwn(KINDS, String(change.kind)) ? KINDS[change.kind] : undefined;
  if (kind === undefined) throw wrong(`"kind" must be one of ${Object.keys(KINDS).join(', ')}`);
  const op = OPERATIONS.find((one) => one === change.op);
  if (op === undefined) throw wrong(`"op" must be one of ${OPERATIONS.join(', ')}`);
  const unknown = Object.keys(change).find((key) => !['kind', 'op', ...kind.keys].includes(key));
  if (unknown !== undefined) throw wrong(`a rule of kind ${change.kind} has no "${unknown}"`);
  await inTransaction(org.pool, (client) => kind[op](org, client, change));
  await refreshDefinitions(org.pool, org.schema, org.settings);
  changedNow(org);
  return { changed: true };
}

/** `GET /control/rules`: the rules of each kind, in the form in which they are added. */
export async function listRules(org: SandboxOrg): Promise<Record<string, unknown[]>> {
  return inTransaction(org.pool, async (client: PoolClient) => {
    const lists: Record<string, unknown[]> = {};
    for (const [name, kind] of Object.entries(KINDS)) lists[name] = await kind.list(client);
    return lists;
  });
}
