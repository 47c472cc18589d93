import type { Pool } from 'pg';
import { FaultPlan } from './control/faults.ts';
import { CallCounter } from './http/usage.ts';
import { loadSchema } from './objects/index.ts';
import type { Org } from './org.ts';
import { Permissions } from './permissions.ts';
import { Sessions } from './sessions.ts';
import { loadSettings } from './settings.ts';
import { refreshDefinitions } from './tooling/definitions.ts';
import { inTransaction } from './transaction.ts';
import { upgradeOrg } from './upgrade.ts';
import { upgradePermissions } from './upgrade-permissions.ts';
import { orgId, Users } from './users.ts';

/** DailyApiRequests of an Enterprise org with a handful of licences. */
const DAILY_CALLS = 108_000;

/** The org with what only logins, permissions and the control URL need. */
export interface SandboxOrg extends Org {
  usage: CallCounter;
  /** By client id, where the app has a limit of its own. */
  appUsage: Map<string, CallCounter>;
  faults: FaultPlan;
  sessions: Sessions;
  permissions: Permissions;
  users: Users;
  /** When objects, fields or permissions last changed, or the org was opened. */
  schemaChangedAt: Date;
}

/** Opens a prepared org: its schema, permissions and users. */
export async function openOrg(pool: Pool, { dailyCalls = DAILY_CALLS } = {}): Promise<SandboxOrg> {
  const now = () => new Date();
  const id = await orgId(pool);
  await upgradeOrg(pool);
  const [schema, settings] = await Promise.all([loadSchema(pool), loadSettings(pool)]);
  await inTransaction(pool, async (client) => {
    // A second process waits here, and then has nothing to do.
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('sandbox permissions'))`);
    await upgradePermissions(client, schema);
  });
  await refreshDefinitions(pool, schema, settings);
  const permissions = await Permissions.load(pool, schema, settings);
  const sessions = new Sessions(id, now, () => settings.sessionMinutes * 60);
  const users = new Users(pool);
  const org: SandboxOrg = {
    id,
    pool,
    schema,
    permissions,
    settings,
    usage: new CallCounter(dailyCalls, now),
    appUsage: new Map(),
    faults: new FaultPlan(),
    sessions,
    users,
    async securityChanged() {
      await permissions.reload();
      const allowed = await users.allowed();
      sessions.endOthers(allowed);
      changedNow(org);
    },
    schemaChangedAt: now(),
    now,
  };
  return org;
}

/** Makes conditional describes, which compare whole seconds, answer anew. */
export function changedNow(org: Pick<SandboxOrg, 'now' | 'schemaChangedAt'>): void {
  const second = Math.ceil(org.now().getTime() / 1000) * 1000;
  org.schemaChangedAt = new Date(Math.max(second, org.schemaChangedAt.getTime() + 1000));
}
