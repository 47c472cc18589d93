import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  invalidReplicationDate,
  missingArgument,
  notReplicateable,
  SalesforceError,
} from '../errors.ts';
import type { Executor, Org } from '../org.ts';
import type { SObject } from '../schema.ts';
import { unseenIds } from '../sharing.ts';
import { quote, tableSql } from '../storage.ts';
import { datetimeText } from '../values.ts';
import { hasField, isLive } from '../writes/fields.ts';
import { BASE, objectNamed, sendJson } from './record-request.ts';

interface Window {
  Params: { version: string; object: string };
  Querystring: { start?: string; end?: string };
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far back each call reaches (trap 6). */
const UPDATED_DAYS = 30;
const DELETED_DAYS = 15;
const MAX_IDS = 600_000;

/** getUpdated and getDeleted: the ids of one object's rows that changed, or went, in a span of time. */
export function replicationRoutes(app: FastifyInstance, org: Org): void {
  app.get<Window>(`${BASE}/sobjects/:object/updated`, async (request, reply) => {
    const object = replicateable(org, request);
    const { start, end } = windowOf(org, request, UPDATED_DAYS);
    const covered = await coveredUntil(org, request.db, end);
    const stamp = stampOf(object);
    const { rows } = await request.db.query<{ id: string }>(
      `SELECT "Id" AS id FROM ${tableSql(object)}
        WHERE ${stamp} >= $1 AND ${stamp} < $2 AND ${isLive(object)}
        ORDER BY ${stamp}, "Id" LIMIT ${MAX_IDS + 1}`,
      [start, end],
    );
    refuseTooMany(rows.length);
    const seen = await seenOf(org, request, object, rows);
    return sendJson(reply, 200, {
      ids: seen.map(({ id }) => id),
      latestDateCovered: datetimeText(covered),
    });
  });

  app.get<Window>(`${BASE}/sobjects/:object/deleted`, async (request, reply) => {
    const object = replicateable(org, request);
    const { start, end } = windowOf(org, request, DELETED_DAYS);
    const covered = await coveredUntil(org, request.db, end);
    const rows = await deletedRows(request.db, object, start, end);
    refuseTooMany(rows.length);
    const seen = await seenOf(org, request, object, rows);
    return sendJson(reply, 200, {
      deletedRecords: seen.map(({ id, at }) => ({ id, deletedDate: datetimeText(at) })),
      earliestDateAvailable: datetimeText(daysAgo(org, DELETED_DAYS)),
      latestDateCovered: datetimeText(covered),
    });
  });
}

/** Without the rows of others. Of a row that is purged nobody knows any more whose it was. */
async function seenOf<Row extends { id: string }>(
  org: Org,
  { db, session }: FastifyRequest,
  object: SObject,
  rows: Row[],
): Promise<Row[]> {
  const ids = rows.map(({ id }) => id);
  const unseen = await unseenIds(db, session, org, object, ids);
  return unseen.size === 0 ? rows : rows.filter(({ id }) => !unseen.has(id));
}

function replicateable(org: Org, request: FastifyRequest<Window>): SObject {
  const object = objectNamed(org, request.session, request.params.object);
  if (!object.replicateable || STAMPS.every((name) => !hasField(object, name)))
    throw notReplicateable(object.name);
  return object;
}

const STAMPS = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'];

/** The column that says when a row last changed. */
const stampOf = (object: SObject) => quote(STAMPS.find((name) => hasField(object, name))!);

/** Rows in the recycle bin, whoever put them there, and those the log remembers after a purge. */
async function deletedRows(db: Executor, object: SObject, start: Date, end: Date) {
  const inBin =
    isLive(object) === 'true'
      ? ''
      : `UNION ALL
         SELECT row."Id", row.${stampOf(object)} FROM ${tableSql(object)} AS row
          WHERE row."IsDeleted" AND row.${stampOf(object)} >= $2 AND row.${stampOf(object)} < $3
            AND NOT EXISTS (SELECT FROM org_meta.deletion WHERE id = row."Id")`;
  const { rows } = await db.query<{ id: string; at: Date }>(
    `SELECT id, deleted_at AS at FROM org_meta.deletion
      WHERE object = $1 AND deleted_at >= $2 AND deleted_at < $3
     ${inBin}
     ORDER BY at, id LIMIT ${MAX_IDS + 1}`,
    [object.name, start, end],
  );
  return rows;
}

/** The span asked for, cut to whole minutes. */
function windowOf(org: Org, request: FastifyRequest<Window>, days: number) {
  const start = momentOf('start', request.query.start);
  const end = momentOf('end', request.query.end);
  if (end <= start) throw invalidReplicationDate('end date must be at least a minute after start');
  if (start < daysAgo(org, days))
    throw invalidReplicationDate('start date is before org replication enabled date');
  return { start, end };
}

/** ISO 8601; UTC without an offset. */
const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[ +-]\d\d:?\d\d)?$/i;

/** An unencoded `+` of the offset arrives as a blank. */
function momentOf(name: string, text: string | undefined): Date {
  if (text === undefined || text === '') throw missingArgument(`${name} is required`);
  const [, moment, zone = ''] = DATE_TIME.exec(text) ?? [];
  const offset = zone.replace(' ', '+').replace(/^(.\d\d)(\d\d)$/, '$1:$2');
  const time = moment === undefined ? Number.NaN : Date.parse(moment + (offset || 'Z'));
  if (Number.isNaN(time)) throw invalidReplicationDate(`${name} is not a valid date: ${text}`);
  return new Date(Math.floor(time / MINUTE) * MINUTE);
}

const daysAgo = (org: Org, days: number) =>
  new Date(Math.floor((org.now().getTime() - days * DAY) / MINUTE) * MINUTE);

/** Nothing after the start of the oldest transaction still open is sure to be in the answer (trap 2). */
async function coveredUntil(org: Org, db: Executor, end: Date): Promise<Date> {
  const { rows } = await db.query<{ age: string | null }>(
    `SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) AS age FROM pg_stat_activity
      WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()`,
  );
  const oldest = org.now().getTime() - Number(rows[0]?.age ?? 0) * 1000;
  return new Date(Math.floor(Math.min(oldest, end.getTime()) / 1000) * 1000);
}

function refuseTooMany(found: number): void {
  if (found <= MAX_IDS) return;
  throw new SalesforceError(
    400,
    'EXCEEDED_ID_LIMIT',
    `more than ${MAX_IDS} ids in the given time: ask for a shorter one`,
  );
}
