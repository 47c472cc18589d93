import * as bulk from './bulk.ts';
import * as ingest from './bulk-ingest.ts';
import type { SalesforceCredentials } from './credentials.ts';
import { Describes, schemaChange, visibleObjects } from './describe.ts';
import { SalesforceRejected } from './errors.ts';
import { Http } from './http.ts';
import { type Log, silent } from './log.ts';
import { type LoginOptions, login } from './login.ts';
import type { Identity, Salesforce } from './port.ts';
import * as query from './query.ts';
import { Rest } from './rest.ts';
import { Sessions } from './sessions.ts';
import * as soap from './soap.ts';
import * as soql from './soql.ts';
import * as write from './write.ts';

export type { SalesforceCredentials } from './credentials.ts';

export interface SalesforceOptions {
  /** Such as `62.0`. */
  apiVersion: string;
  userAgent?: string;
  log?: Log;
  /** Aborts every call in flight and refuses new ones, for a worker that stops. */
  signal?: AbortSignal;
}

/** The client behind the port: one session, one pool of connections, for any number of calls at once. */
export function createSalesforce(
  credentials: SalesforceCredentials,
  options: SalesforceOptions,
): Salesforce {
  const { log = silent, userAgent = 'tandem' } = options;
  const apiVersion = checkVersion(options.apiVersion);
  const http = new Http(options.signal ?? null);
  const sessions = new Sessions(loginOver(http, credentials, { apiVersion, userAgent }, log));
  const rest = new Rest(http, sessions, userAgent, log);
  const base = `/services/data/v${apiVersion}`;
  const describes = new Describes(rest, base);
  let username: string | null = null;

  return {
    async identity(): Promise<Identity> {
      const { orgId, userId, instanceUrl, username: known } = await sessions.enter();
      username ??= known ?? (await usernameOf(rest, base, userId));
      return { orgId, userId, username, instanceUrl };
    },
    usage: () => rest.usage,
    visibleObjects: () => visibleObjects(rest, base),
    schemaChange: (seen) => schemaChange(rest, base, seen),
    describe: (object) => describes.describe(object),
    async count(object, where, how) {
      const archived = how?.archived ?? false;
      const text = soql.count(object, where, archived);
      return (await query.query(rest, base, text, archived ? 'queryAll' : 'query')).totalSize;
    },
    firstPages: (queries, look) => query.firstPages(rest, base, queries, look),
    nextPage: (path) => query.nextPage(rest, path),
    select: (object, fields, where, how = { deleted: false }) =>
      query.select(rest, base, object, fields, where, how),
    retrieve: (object, ids, fields) => query.retrieve(rest, base, object, ids, fields),
    update: (object, rows, how) => write.update(rest, base, object, rows, how),
    create: (object, rows, how) => write.create(rest, base, object, rows, how),
    upsert: (object, field, rows, how) => write.upsert(rest, base, object, field, rows, how),
    delete: (ids) => write.remove(rest, base, ids),
    convertLead: (requests) => soap.convertLead(rest, apiVersion, requests),
    mergeRecords: (requests) => soap.mergeRecords(rest, apiVersion, requests),
    startBulkQuery: (text, operation) => bulk.startBulkQuery(rest, base, text, operation),
    bulkQueryJob: (jobId) => bulk.bulkQueryJob(rest, base, jobId),
    bulkQueryResult: (jobId, locator, most) =>
      bulk.bulkQueryResult(rest, base, jobId, locator, most),
    abortBulkQuery: (jobId) => bulk.abortBulkQuery(rest, base, jobId),
    openIngest: (object, operation) => ingest.openIngest(rest, base, object, operation),
    uploadIngest: (jobId, lines) => ingest.uploadIngest(rest, base, jobId, lines),
    closeIngest: (jobId) => ingest.closeIngest(rest, base, jobId),
    ingestJob: (jobId) => ingest.ingestJob(rest, base, jobId),
    ingestResults: (jobId, keyField) => ingest.ingestResults(rest, base, jobId, keyField),
    abortIngest: (jobId) => ingest.abortIngest(rest, base, jobId),
  };
}

/** Logins in turn; a refresh token that Salesforce replaced is used from then on. */
function loginOver(
  http: Http,
  credentials: SalesforceCredentials,
  options: LoginOptions,
  log: Log,
) {
  let current = credentials;
  return async () => {
    const session = await login(current, http, options);
    if (session.rotatedRefreshToken && session.rotatedRefreshToken !== current.refreshToken) {
      current = { ...current, refreshToken: session.rotatedRefreshToken };
      log.warn(
        {},
        'the connected app replaces refresh tokens at each use, so the configured one is void after ' +
          'a restart; switch rotation off in the app, or use a JWT key',
      );
    }
    const { orgId, userId } = session;
    log.info({ orgId, userId }, 'logged in to salesforce');
    return session;
  };
}

async function usernameOf(rest: Rest, base: string, userId: string): Promise<string> {
  const text = soql.select('User', ['Username'], [`Id = ${soql.id(userId)}`]);
  const { rows } = await query.query(rest, base, text);
  return String(rows[0]?.Username ?? userId);
}

function checkVersion(version: string): string {
  if (/^\d{2,3}\.0$/.test(version)) return version;
  throw new SalesforceRejected(
    'UNSUPPORTED_API_VERSION',
    `"${version.slice(0, 20)}" is no API version`,
    { next: 'Write it as in 62.0.' },
  );
}
