import type { Logger } from 'pino';
import type { ConnectionConfig } from '../src/config.ts';
import type { Database } from '../src/marketing/database.ts';
import type { Salesforce } from '../src/salesforce/port.ts';

/** One connection's two sides and its settings. */
export interface ConnectionDeps {
  /** As tandem.yaml has them now: taken once in a step, so that one step goes by one state of them. */
  readonly config: ConnectionConfig;
  /** Why the newest state of tandem.yaml is not in force; null when it is. */
  readonly settingsProblem: string | null;
  db: Database;
  salesforce: Salesforce;
  log: Logger;
}

export interface Deps {
  /** @throws ConnectionUnknown when the worker's config has no such connection. */
  connection(name: string): ConnectionDeps;
}

/** Names of one object's step; every input holds ids and names only (N7). */
export interface ObjectInput {
  connection: string;
  object: string;
}

export interface CycleInput {
  connection: string;
  /** The workflow's run id: one run is one cycle, so a step done twice finds its cycle again. */
  run: string;
}

export type CycleObjectInput = CycleInput & ObjectInput;

/** A step on the rows that a fetch staged, and named `batch`. */
export type StagedInput = CycleObjectInput & { batch?: string };
