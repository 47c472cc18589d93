import type { SalesforceError } from '../errors.ts';
import type { Executor, Org, Session } from '../org.ts';
import type { WriteHeaders } from './write-headers.ts';

/** Who writes, and where the SQL runs. */
export interface WriteContext {
  org: Org;
  session: Session;
  db: Executor;
  /** What the call says about assignment and duplicate rules; absent: NO_HEADERS. */
  headers?: WriteHeaders | undefined;
  /** The lead being converted: no duplicate of what it becomes. */
  converting?: string;
}

export interface SaveOptions {
  /** One failure undoes the whole batch; the others then fail with ALL_OR_NONE_OPERATION_ROLLED_BACK. */
  allOrNone?: boolean;
}

/** A record as a client sends it: `attributes`, fields in any case, parents by external id. */
export type RecordBody = Record<string, unknown>;

/** What became of one record; results stand in the order of the request. */
export interface RecordResult {
  /** 18 characters; null when the record has none, or none was found. */
  id: string | null;
  success: boolean;
  /** Upserts only. */
  created?: boolean;
  errors: SalesforceError[];
}

/** One record on its way to the table. Values are text in PostgreSQL's input form, keyed by API name. */
export interface Draft {
  index: number;
  /** Null until a new row is given one. */
  id: string | null;
  values: Map<string, string | null>;
  /** Parents named by an external id, still to be looked up. */
  parents: ParentByExternalId[];
  errors: SalesforceError[];
}

export interface ParentByExternalId {
  /** The reference field that takes the id found. */
  field: string;
  parentObject: string;
  externalField: string;
  value: string;
}

export const failed = (error: SalesforceError, id: string | null = null): RecordResult => ({
  id,
  success: false,
  errors: [error],
});
