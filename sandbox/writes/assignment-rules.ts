import type { PoolClient } from 'pg';
import { invalidCrossReference } from '../errors.ts';
import type { SObject } from '../schema.ts';
import { refusing } from './batch.ts';
import { type Condition, trueConditions } from './candidates.ts';
import type { Draft, WriteContext } from './types.ts';
import { NO_HEADERS } from './write-headers.ts';

/** Objects that assignment rules are for. */
export const ASSIGNED = new Set(['Lead', 'Case']);

interface Entry extends Condition {
  owner_id: string;
}

/**
 * Gives rows the owner that the first fitting entry of an assignment rule names: the object's active
 * rule, or the one the call asks for, active or not. A new lead that no entry fits goes to the org's
 * default owner, any other row keeps its own.
 */
export async function assignOwners(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  drafts: Draft[],
  kind: 'insert' | 'update',
): Promise<void> {
  const { autoAssign } = context.headers ?? NO_HEADERS;
  if (autoAssign === false || !ASSIGNED.has(object.name) || drafts.length === 0) return;
  await refusing(drafts, async () => {
    const entries = await entriesOf(client, object, autoAssign);
    if (entries === null) return;
    const fitting = await trueConditions(client, context, object, drafts, kind, entries);
    const places = new Map<string, number>();
    for (const { id, place } of fitting) if (!places.has(id)) places.set(id, place);
    const { defaultLeadOwner } = context.org.settings;
    const otherwise = object.name === 'Lead' && kind === 'insert' ? defaultLeadOwner : null;
    for (const draft of drafts) {
      const place = places.get(draft.id!);
      const owner = place === undefined ? otherwise : entries[place]!.owner_id;
      if (owner !== null) draft.values.set('OwnerId', owner);
    }
  });
}

/** Null without a rule. */
async function entriesOf(
  client: PoolClient,
  object: SObject,
  rule: true | string,
): Promise<Entry[] | null> {
  const { rows } = await client.query<Entry & { owner_id: string | null }>(
    `SELECT coalesce(entry.condition_sql, 'true') AS condition_sql, entry.owner_id
       FROM org."AssignmentRule" rule
       LEFT JOIN org_meta.assignment_entry entry ON entry.rule_id = rule."Id"
      WHERE rule."SobjectType" = $1 AND CASE WHEN $2::text IS NULL THEN rule."Active" ELSE left(rule."Id", 15) = left($2, 15) END
      ORDER BY rule."Id", entry.position`,
    [object.name, rule === true ? null : rule],
  );
  if (rows.length === 0 && rule !== true) throw invalidCrossReference();
  if (rows.length === 0) return null;
  return rows.filter(({ owner_id }) => owner_id !== null);
}
