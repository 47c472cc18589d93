import type { Sql } from '../marketing/database.ts';
import { OrgMismatch } from '../marketing/errors.ts';

/** What a DELETE of a person here means for Salesforce (C14). */
export type DeletePolicy = 'keep' | 'delete' | 'forget';

export interface ConnectionIdentity {
  /** The connection's name in the config. */
  name: string;
  orgId: string;
  /** Id of the sync user. */
  userId: string;
  /** Holds for deletions from now on; earlier ones keep the policy of their time. */
  onDelete: DeletePolicy;
}

/**
 * Pairs the database with its org on the first sync, and refuses every other one after that (L3).
 * @throws OrgMismatch
 */
export async function pinOrg(sql: Sql, identity: ConnectionIdentity): Promise<void> {
  const { name, orgId, userId, onDelete } = identity;
  await sql.query(
    `update tandem.connection set org_id = $1, name = $2, sync_user_id = $3, on_delete = $4,
       pinned_at = coalesce(pinned_at, now()), updated_at = now()
     where coalesce(org_id, $1) = $1
       and (org_id, name, sync_user_id, on_delete) is distinct from ($1, $2, $3, $4)`,
    [orgId, name, userId, onDelete],
  );
  await requirePinned(sql, identity);
}

/**
 * Whether the database is paired with this org; false when it is with none yet (L3).
 * @throws OrgMismatch it is with another
 */
export async function requirePinned(
  sql: Sql,
  { name, orgId }: Pick<ConnectionIdentity, 'name' | 'orgId'>,
): Promise<boolean> {
  const { rows } = await sql.query<{ org_id: string | null }>(
    'select org_id from tandem.connection',
  );
  const pinned = rows[0]?.org_id ?? null;
  if (pinned === null || pinned === orgId) return pinned !== null;
  throw new OrgMismatch(
    `The database of connection "${name}" is paired with the org ${pinned}, but the credentials lead to ${orgId}. ` +
      'Nothing was synced. Use credentials of the first org, or set DATABASE_URL to an empty database for this one.',
  );
}

/** The state as the workflow last reported it, for reading while no worker is up (K1). */
export interface MirroredState {
  state: string;
  reason: string | null;
  pausedBy: string | null;
  nextSyncAt: Date | null;
  lastSync: { cycle: number; startedAt: string; endedAt: string; status: string } | null;
}

/** Mirrors what the workflow says; parts that are not given stay. */
export async function recordState(sql: Sql, state: Partial<MirroredState>): Promise<void> {
  const given = Object.keys(state);
  await sql.query(
    `update tandem.connection set
       state = case when 'state' = any($1) then $2 else state end,
       reason = case when 'reason' = any($1) then $3 else reason end,
       paused_by = case when 'pausedBy' = any($1) then $4 else paused_by end,
       next_sync_at = case when 'nextSyncAt' = any($1) then $5::timestamptz else next_sync_at end,
       last_sync = case when 'lastSync' = any($1) then $6::jsonb else last_sync end,
       updated_at = now()`,
    [
      given,
      state.state ?? null,
      state.reason ?? null,
      state.pausedBy ?? null,
      state.nextSyncAt ?? null,
      state.lastSync ?? null,
    ],
  );
}

export interface ConnectionRecord extends MirroredState {
  name: string | null;
  orgId: string | null;
  updatedAt: Date;
}

export async function readConnection(sql: Sql): Promise<ConnectionRecord> {
  const { rows } = await sql.query<ConnectionRecord>(
    `select name, org_id as "orgId", coalesce(state, 'starting') as state, reason,
       paused_by as "pausedBy", next_sync_at as "nextSyncAt", last_sync as "lastSync",
       updated_at as "updatedAt"
     from tandem.connection`,
  );
  return rows[0]!;
}
