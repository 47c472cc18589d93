import type { CreateInSalesforce } from '../config/schema.ts';
import { openBackfills } from '../ledger/backfills.ts';
import { readConnection } from '../ledger/connection.ts';
import { type Load, readLoads } from '../ledger/loads.ts';
import { readWatermarks } from '../ledger/watermarks.ts';
import type { Sql } from '../marketing/database.ts';
import { chosenObjects, inOrder, type ObjectChoice } from '../sync/objects.ts';
import { type Backlog, readBacklog } from './backlog.ts';
import { requireSchema } from './schema.ts';

/** What the connection's workflow says of itself; the answer of its `status` query fits. */
export interface LiveState {
  orgId: string | null;
  state: string;
  reason: string | null;
  lastSync: LastSync | null;
  nextSyncAt: string | null;
}

export interface LastSync {
  cycle: number;
  startedAt: string;
  endedAt: string;
  status: string;
}

export interface LoadProgress {
  object: string;
  state: Load['state'];
  done: number;
  /** Null until counted. */
  expected: number | null;
  /** Rows a second; null until the first page. */
  rate: number | null;
  secondsLeft: number | null;
}

/** `tandem status --json` (contract with scripts). Instants are ISO 8601 in UTC. */
export interface Status {
  connection: string;
  orgId: string | null;
  state: string;
  reason: string | null;
  lastSync: LastSync | null;
  nextSyncAt: string | null;
  initialLoad: { objects: LoadProgress[] };
  objects: ({ object: string; watermark: string | null } & Backlog)[];
  api: { used: number; limit: number; budget: number } | null;
  /** Null when the workflow itself answered; else when it last reported the state shown. */
  mirroredAt: string | null;
}

/** What of a connection's settings its status depends on. */
export interface StatusSubject {
  name: string;
  people: { createInSalesforce: CreateInSalesforce };
  objects: Readonly<Record<string, ObjectChoice>>;
}

/**
 * A connection's whole status: `live` from its workflow where that answers, else as last mirrored into
 * the database (K1).
 * @throws SchemaMissing
 */
export async function readStatus(
  sql: Sql,
  connection: StatusSubject,
  live: LiveState | null,
): Promise<Status> {
  await requireSchema(sql);
  const mirrored = await readConnection(sql);
  const { orgId, state, reason, lastSync, nextSyncAt } = live ?? {
    ...mirrored,
    nextSyncAt: mirrored.nextSyncAt?.toISOString() ?? null,
  };
  const watermarks = await readWatermarks(sql);
  const names = chosenObjects(connection.objects)
    .filter(({ name, optional }) => !optional || watermarks.has(name))
    .map(({ name }) => name);
  const [loads, backlog, api] = [
    await readProgress(sql),
    await readBacklog(sql, names, connection.people.createInSalesforce),
    await latestUsage(sql),
  ];
  return {
    connection: connection.name,
    orgId: orgId ?? mirrored.orgId,
    state,
    reason,
    lastSync: lastSync ?? mirrored.lastSync ?? (await lastCycle(sql)),
    nextSyncAt,
    initialLoad: { objects: loads },
    objects: names.map((name) => ({
      object: name,
      watermark: watermarks.get(name)?.toISOString() ?? null,
      ...backlog.get(name)!,
    })),
    api,
    mirroredAt: live ? null : mirrored.updatedAt.toISOString(),
  };
}

/** Progress of every object's initial load, or of what is filled in the background now (A2, A7). */
export async function readProgress(sql: Sql): Promise<LoadProgress[]> {
  const running = new Map((await openBackfills(sql)).map((run) => [run.object, run]));
  return inCatalogueOrder(await readLoads(sql)).map((load) => {
    const run = running.get(load.object);
    return progressOf(run === undefined ? load : { ...run, state: 'running' });
  });
}

type Progress = Pick<
  Load,
  'object' | 'state' | 'done' | 'expected' | 'startedAt' | 'endedAt' | 'rowsPerSecond'
>;

function progressOf(load: Progress): LoadProgress {
  const { object, state, done, expected } = load;
  const over = state === 'done';
  const seconds =
    load.startedAt && load.endedAt
      ? Math.max((load.endedAt.getTime() - load.startedAt.getTime()) / 1_000, 0.001)
      : null;
  const rate = over && seconds !== null ? done / seconds : load.rowsPerSecond;
  const left = expected === null ? null : Math.max(expected - done, 0);
  const known = left !== null && rate !== null && rate > 0;
  return {
    object,
    state,
    done,
    expected,
    rate: rate === null ? null : Math.round(rate),
    secondsLeft: over ? 0 : known ? Math.ceil(left / rate) : null,
  };
}

function inCatalogueOrder(loads: readonly Load[]): Load[] {
  const names = inOrder(loads.map(({ object }) => object));
  return names.flatMap((name) => loads.filter(({ object }) => object === name));
}

async function lastCycle(sql: Sql): Promise<LastSync | null> {
  const { rows } = await sql.query<{ id: number; started: Date; ended: Date; status: string }>(
    `select id::int, started_at as started, ended_at as ended, status from tandem.cycle
     where ended_at is not null order by id desc limit 1`,
  );
  const last = rows[0];
  if (!last) return null;
  const [startedAt, endedAt] = [last.started.toISOString(), last.ended.toISOString()];
  return { cycle: last.id, startedAt, endedAt, status: last.status };
}

async function latestUsage(sql: Sql): Promise<Status['api']> {
  const { rows } = await sql.query<{ used: number; limit: number; budget: number }>(
    'select used, call_limit as "limit", budget from tandem.api_usage order by at desc limit 1',
  );
  return rows[0] ?? null;
}
