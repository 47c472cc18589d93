import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { unmodifiedSinceFailed } from '../errors.ts';
import type { Executor } from '../org.ts';
import type { SObject } from '../schema.ts';
import { quote, tableSql } from '../storage.ts';
import { hasField, isLive } from '../writes/fields.ts';

/** Only accounts have entity tags on their rows. */
const HAS_TAGS = new Set(['Account']);

interface Version {
  /** Whole seconds since 1970. */
  modified: number;
  tag: string | null;
}

/**
 * Answers 304 when the caller has the row as it is (If-Modified-Since, and If-None-Match on
 * accounts); otherwise sets Last-Modified and ETag for the next time. Throws as requireUnchanged does.
 */
export async function isUnchanged(
  request: FastifyRequest,
  reply: FastifyReply,
  object: SObject,
  id: string,
): Promise<boolean> {
  const version = await versionOf(request.db, object, id, '');
  if (version === null) return false;
  refuseChanged(request, version);
  reply.header('last-modified', new Date(version.modified * 1000).toUTCString());
  if (version.tag !== null) reply.header('etag', version.tag);
  const tags = version.tag === null ? undefined : request.headers['if-none-match'];
  if (tags !== undefined) return names(tags, version.tag!);
  const since = seconds(request.headers['if-modified-since']);
  return since !== null && version.modified <= since;
}

/**
 * Throws 412 when the row is no longer as the caller knew it (If-Unmodified-Since, and If-Match on
 * accounts). `db` is the transaction of the write: the row stays locked until it ends.
 */
export async function requireUnchanged(
  request: FastifyRequest,
  db: Executor,
  object: SObject,
  id: string,
): Promise<void> {
  const version = await versionOf(db, object, id, 'FOR UPDATE');
  if (version !== null) refuseChanged(request, version);
}

function refuseChanged({ headers }: FastifyRequest, { tag, modified }: Version): void {
  const tags = tag === null ? undefined : headers['if-match'];
  if (tags !== undefined && !names(tags, tag!)) throw unmodifiedSinceFailed();
  const since = seconds(headers['if-unmodified-since']);
  if (since !== null && modified > since) throw unmodifiedSinceFailed();
}

export const isConditional = ({ headers }: FastifyRequest) =>
  headers['if-unmodified-since'] !== undefined || headers['if-match'] !== undefined;

async function versionOf(
  db: Executor,
  object: SObject,
  id: string,
  lock: string,
): Promise<Version | null> {
  const stamp = ['LastModifiedDate', 'SystemModstamp'].find((name) => hasField(object, name));
  if (stamp === undefined) return null;
  const { rows } = await db.query<{ modified: string | null }>(
    `SELECT floor(extract(epoch FROM ${quote(stamp)})) AS modified FROM ${tableSql(object)}
      WHERE "Id" = $1 AND ${isLive(object)} ${lock}`,
    [id],
  );
  const modified = rows[0]?.modified ?? null;
  if (modified === null) return null;
  const hash = createHash('sha256').update(`${id} ${modified}`).digest('base64').slice(0, 22);
  return { modified: Number(modified), tag: HAS_TAGS.has(object.name) ? `"${hash}"` : null };
}

/** Seconds since 1970 of an HTTP date; null without one, or when it is none. */
function seconds(header: string | undefined): number | null {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? null : Math.floor(time / 1000);
}

const names = (tags: string, tag: string) =>
  tags.trim() === '*' || tags.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
