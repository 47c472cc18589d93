import { requirePinned } from '../src/ledger/connection.ts';
import type { Salesforce } from '../src/salesforce/port.ts';
import type { ConnectionDeps } from './deps.ts';

/** Client → org that was found to be the database's. */
const known = new WeakMap<Salesforce, string>();

/**
 * Refuses an org that the database is not paired with before a step touches either (L3): the worker may
 * have been started anew with other credentials since the connection was prepared. Costs no call.
 * @throws OrgMismatch
 */
export async function stayWithOrg({ config, db, salesforce }: ConnectionDeps): Promise<void> {
  const { orgId } = await salesforce.identity();
  if (known.get(salesforce) === orgId) return;
  const pinned = await requirePinned(db, { name: config.name, orgId });
  if (pinned) known.set(salesforce, orgId);
}
