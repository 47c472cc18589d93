import {
  type Endpoints,
  publish,
  type SandboxOrg,
  salesforceEndpoint,
  tellParts,
} from './endpoints.ts';
import { writeAtomically } from './files.ts';
import type { DataFolder } from './folder.ts';
import type { Guarded } from './guard.ts';
import { type GuardLink, toGuarded } from './guard-link.ts';
import type { RunningPart } from './supervisor.ts';

/** The names of our parts, and the level at which each stops (see Part). */
export const PARTS = {
  postgres: { name: 'PostgreSQL', level: 1 },
  temporal: { name: 'Temporal', level: 2 },
  sandbox: { name: 'The sandbox org', level: 2 },
  worker: { name: 'The worker', level: 3 },
} as const;

/** What runs and where, kept in the files that others read. */
export class Board {
  readonly endpoints: Endpoints;
  readonly #folder: DataFolder;
  readonly #guard: GuardLink;
  #published = false;

  constructor(folder: DataFolder, connection: string, guard: GuardLink) {
    this.#folder = folder;
    this.#guard = guard;
    this.endpoints = {
      connection,
      salesforce: null,
      database: null,
      temporal: null,
      web: null,
      pids: { main: process.pid, worker: [], postgres: null, temporal: null, sandbox: null },
    };
  }

  /** Notes the processes that run now. */
  async onChange(running: readonly RunningPart[]): Promise<void> {
    const pid = (name: string) =>
      running.find(({ part }) => part.name === name)?.child.ref.pid ?? null;
    const worker = pid(PARTS.worker.name);
    Object.assign(this.endpoints.pids, {
      worker: worker === null ? [] : [worker],
      postgres: pid(PARTS.postgres.name),
      temporal: pid(PARTS.temporal.name),
      sandbox: pid(PARTS.sandbox.name),
    });
    const guarded: Guarded[] = toGuarded(running);
    this.#guard.update(guarded);
    await writeAtomically(this.#folder.parts, JSON.stringify(guarded));
    if (this.#published) await publish(this.#folder, this.endpoints);
  }

  setSandbox(org: SandboxOrg): void {
    this.endpoints.salesforce = salesforceEndpoint(org);
  }

  /** Lets our own parts know what is there so far. */
  async tellParts(): Promise<void> {
    await tellParts(this.#folder, this.endpoints);
  }

  async publish(): Promise<void> {
    this.#published = true;
    await publish(this.#folder, this.endpoints);
  }
}
