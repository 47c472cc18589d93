import type { Readable } from 'node:stream';

/** One row as REST returns it: field name → value, without `attributes`. */
export type Row = Record<string, string | number | boolean | null>;

export interface FieldDescribe {
  name: string;
  label: string;
  type: string;
  length: number;
  precision: number;
  scale: number;
  nillable: boolean;
  createable: boolean;
  updateable: boolean;
  calculated: boolean;
  custom: boolean;
  filterable: boolean;
  externalId: boolean;
  unique: boolean;
  compoundFieldName: string | null;
  extraTypeInfo: string | null;
  referenceTo: string[];
  relationshipName: string | null;
  picklistValues: { value: string; active: boolean }[];
}

export interface ObjectDescribe {
  name: string;
  label: string;
  queryable: boolean;
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  fields: FieldDescribe[];
}

export interface Identity {
  /** 18 characters. */
  orgId: string;
  userId: string;
  username: string;
  instanceUrl: string;
}

/** Calls against the org's daily limit, from the last response's Sforce-Limit-Info (rule M1). */
export interface ApiUsage {
  used: number;
  limit: number;
}

export interface QueryPage {
  totalSize: number;
  rows: Row[];
  /** Path of the next page, null on the last. */
  next: string | null;
}

export interface FirstPages {
  /** Salesforce's clock when it was asked: the Date header less the time the answer took (trap 3). */
  serverTime: Date;
  /** In the order asked. One query's failure stands in its place and fails no other (N3). */
  pages: (QueryPage | { error: Error })[];
  /** As schemaChange answers, when it was asked along; else null. */
  schema: string | null;
}

/** What became of one record of a write, in request order (trap 20). */
export type Outcome =
  | { ok: true; id: string; created: boolean }
  | { ok: false; id: string | null; code: string; message: string; fields: string[] };

export interface BulkQueryJob {
  id: string;
  state: 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Aborted' | 'Failed';
  rows: number;
  errorMessage: string | null;
}

export interface BulkQueryResult {
  /** CSV with a header line, UTF-8, straight from the response. */
  csv: Readable;
  rows: number;
  /** Null on the last page. */
  locator: string | null;
}

export type IngestOperation = 'update' | { upsertBy: string };

export interface IngestJob {
  id: string;
  state: 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Aborted' | 'Failed';
  /** Rows that failed, and all that were tried, so far. */
  failed: number;
  processed: number;
  errorMessage: string | null;
}

/** What became of one row of an ingest job; `key` is its Id, or its External ID in an upsert. */
export interface IngestResult {
  key: string;
  outcome: Outcome;
}

/** A field that is one of some values, or is not before a time. */
export type Filter =
  | { field: string; in: readonly string[] }
  | { field: string; since: Date }
  | { anyOf: readonly Filter[] };

export interface WriteOptions {
  /** Let an alert duplicate rule pass (trap 24). */
  allowDuplicates: boolean;
  /** Let the org's assignment rules choose the owner (trap 25); off when absent. */
  assign?: boolean;
}

/** One lead to be converted (trap 26). */
export interface ConvertRequest {
  leadId: string;
  convertedStatus: string;
  /** Records to convert into; null: new ones. A contact needs its account. */
  accountId: string | null;
  contactId: string | null;
  /** False: none; an id: that one; true: a new one, named by Salesforce where the name is null. */
  opportunity: boolean | string;
  opportunityName: string | null;
  /** A user, since queues own no contacts; null: the lead's owner. */
  ownerId: string | null;
  /** Whether the owner is told by email. */
  notify: boolean;
}

export type ConvertOutcome =
  | { ok: true; contactId: string; accountId: string; opportunityId: string | null }
  | Extract<Outcome, { ok: false }>;

/** Records that go into another one of the same object: Lead, Contact or Account. */
export interface MergeRequest {
  object: string;
  winnerId: string;
  /** One or two. */
  loserIds: string[];
}

/**
 * What Tandem asks of a Salesforce org. Every method logs in when it must, once again on
 * INVALID_SESSION_ID (trap 30), and throws the errors of errors.ts and nothing else.
 */
export interface Salesforce {
  /** Who is logged in; with it a connection begins, so a login refused a moment ago is tried again. */
  identity(): Promise<Identity>;
  usage(): ApiUsage | null;
  /** Names of the objects this user can see. */
  visibleObjects(): Promise<string[]>;
  /**
   * Null when objects and fields are as in the answer named `seen`; else the name of the new answer, by
   * which to ask again. Rights may change without showing here.
   */
  schemaChange(seen: string | null): Promise<string | null>;
  /** Null when the user cannot see the object. Asked for together (Promise.all), up to 25 are one call. */
  describe(object: string): Promise<ObjectDescribe | null>;
  /** COUNT() of a condition; live rows only, archived ones when asked for (trap 17). */
  count(object: string, where: string | null, how?: { archived: boolean }): Promise<number>;
  /**
   * `queryAll` first pages, five to a Composite call (M2); rows of deleted records included. `look` asks in
   * the same call what schemaChange does.
   */
  firstPages(soql: string[], look?: { schemaSeen: string | null }): Promise<FirstPages>;
  nextPage(path: string): Promise<QueryPage>;
  /** Rows that meet all conditions, through all pages; those of deleted records where asked for. */
  select(
    object: string,
    fields: string[],
    where: Filter[],
    how?: { deleted: boolean },
  ): Promise<Row[]>;
  /** Rows in the order of ids, null for one that is unknown, deleted or invisible; any number of ids. */
  retrieve(object: string, ids: string[], fields: string[]): Promise<(Row | null)[]>;
  /** At most 200 rows, each with Id. */
  update(object: string, rows: Row[], options: WriteOptions): Promise<Outcome[]>;
  /** At most 200 rows, each with the External ID field's value (N2, trap 18). */
  upsert(
    object: string,
    externalIdField: string,
    rows: Row[],
    options: WriteOptions,
  ): Promise<Outcome[]>;
  /** At most 200 rows, of an object without an External ID: a lost answer is the caller's matter (N2). */
  create(object: string, rows: Row[], options: WriteOptions): Promise<Outcome[]>;
  /** At most 200 ids. */
  delete(ids: string[]): Promise<Outcome[]>;
  /** By SOAP, at most 100; outcomes in request order. */
  convertLead(requests: readonly ConvertRequest[]): Promise<ConvertOutcome[]>;
  /** By SOAP; outcomes in request order. */
  mergeRecords(requests: readonly MergeRequest[]): Promise<Outcome[]>;
  startBulkQuery(
    soql: string,
    operation: 'query' | 'queryAll',
  ): Promise<{ jobId: string; serverTime: Date }>;
  /** Null when Salesforce does not know the job (expired, deleted). */
  bulkQueryJob(jobId: string): Promise<BulkQueryJob | null>;
  bulkQueryResult(
    jobId: string,
    locator: string | null,
    maxRecords: number,
  ): Promise<BulkQueryResult>;
  abortBulkQuery(jobId: string): Promise<void>;
  /** An empty job of Bulk API 2.0; nothing happens before closeIngest. Answers its id. */
  openIngest(object: string, operation: IngestOperation): Promise<string>;
  /** Once per job, at most 100 MB of CSV: the lines that csvLines makes. */
  uploadIngest(jobId: string, lines: () => Iterable<string>): Promise<void>;
  /** From here on Salesforce works on it. */
  closeIngest(jobId: string): Promise<void>;
  /** Null when Salesforce does not know the job (expired, deleted). */
  ingestJob(jobId: string): Promise<IngestJob | null>;
  /** Rows that were tried, of a job that has ended; the others are unprocessed (trap 21). */
  ingestResults(jobId: string, keyField: string): Promise<IngestResult[]>;
  abortIngest(jobId: string): Promise<void>;
}
