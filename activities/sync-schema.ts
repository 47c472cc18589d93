import { pinOrg } from '../src/ledger/connection.ts';
import { unfinishedLoads } from '../src/ledger/loads.ts';
import { growSchema } from '../src/marketing/schema-growth.ts';
import { mapObjects } from '../src/sync/field-map.ts';
import { chosenObjects } from '../src/sync/objects.ts';
import { keepUsage } from './budget.ts';
import type { Deps } from './deps.ts';

export interface Prepared {
  orgId: string;
  /** Whether objects wait for their initial load. */
  load: boolean;
}

/** Logs in, refuses another org (L3), and fits both schemas to what the sync user sees (J1, L2). */
export async function prepareConnection(
  deps: Deps,
  { connection }: { connection: string },
): Promise<Prepared> {
  const own = deps.connection(connection);
  const { config, db, salesforce } = own;
  const { orgId, userId } = await salesforce.identity();
  await pinOrg(db, { name: connection, orgId, userId, onDelete: config.people.onDelete });
  const described = await Promise.all(
    chosenObjects(config.objects).map(async (spec) => ({
      spec,
      describe: await salesforce.describe(spec.name),
    })),
  );
  const visible = described.flatMap(({ spec, describe }) => (describe ? [{ spec, describe }] : []));
  await growSchema(db, mapObjects(visible, config));
  await keepUsage(own);
  const waiting = await unfinishedLoads(db);
  return { orgId, load: waiting.length > 0 };
}
