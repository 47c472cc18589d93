import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Sql } from '../marketing/database.ts';
import { readAction } from '../sync/action.ts';
import { requireSchema } from './schema.ts';

export { ACTION_KINDS, actionKind } from '../sync/action.ts';

export interface ActionEntry {
  id: string;
  kind: string;
  personId: string | null;
  status: 'requested' | 'running' | 'done' | 'failed';
  code: string | null;
  /** Salesforce's own message, or ours; null unless failed. */
  reason: string | null;
  /** Salesforce ids and ids of people, by what they are. */
  result: Record<string, unknown>;
  requestedAt: string;
  endedAt: string | null;
}

/** The request is none that could be done; the message says what is wrong. */
export class WrongAction extends Error {
  override name = 'WrongAction';
  readonly isPublic = true;
}

/**
 * Asks for an action (I1 to I9) and gives it as it stands.
 * @throws WrongAction, SchemaMissing
 */
export async function requestAction(
  sql: Sql,
  request: { kind: string; personId: string; parameters: Record<string, unknown> },
): Promise<ActionEntry> {
  const read = readAction(request);
  if ('problem' in read) throw new WrongAction(read.problem);
  await requireSchema(sql);
  const { rows } = await sql.query<{ id: string }>(
    `insert into marketing.salesforce_action (kind, person_id, parameters) values ($1, $2, $3)
     returning id`,
    [read.action.kind, request.personId, JSON.stringify(request.parameters)],
  );
  return (await readActionEntry(sql, rows[0]!.id))!;
}

/** An action as it stands; null when there is none of this id. */
async function readActionEntry(sql: Sql, id: string): Promise<ActionEntry | null> {
  type Row = ActionEntry & { requestedAt: Date; endedAt: Date | null };
  const { rows } = await sql.query<Row>(
    `select id, kind, person_id as "personId", status, code, reason, result,
       requested_at as "requestedAt", ended_at as "endedAt"
     from marketing.salesforce_action where id = $1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    ...row,
    requestedAt: row.requestedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

const POLL_MS = 200;

/** The action once it has ended; as it stands when that takes longer than `timeoutMs` (null: for ever). */
export async function waitForAction(
  database: Database,
  action: ActionEntry,
  timeoutMs: number | null,
): Promise<ActionEntry> {
  const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  let entry = action;
  while (entry.endedAt === null && Date.now() < deadline) {
    await sleep(POLL_MS);
    entry = (await readActionEntry(database, action.id)) ?? entry;
  }
  return entry;
}
