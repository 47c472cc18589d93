import { currentRequest } from '../current-request.ts';
import type { Faults } from '../org.ts';

export const FAULT_KINDS = [
  'latency',
  'error',
  'drop-before',
  'drop-after',
  'expire-session',
  'row-lock',
  'limit',
  'concurrent-limit',
  'late-commit',
  'break-page',
  'corrupt-csv',
  'fail-job',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a caller of the control URL asks for; README.md says what each kind does. */
export interface FaultRequest {
  kind: FaultKind;
  /** A regular expression on the path with its query string, without regard to case. */
  path?: string;
  object?: string;
  /** Fires at most this often; absent: until it is ended. */
  times?: number;
  /** 0..1, default 1. */
  chance?: number;
  /** Makes `chance` come out the same each time. */
  seed?: number;
  ms?: number;
  status?: number;
  /** Rows that an ingest job tries before it stops. */
  rows?: number;
  /** What such a job ends as. */
  state?: 'Failed' | 'Aborted';
}

/** What a fault is held against. */
export interface Target {
  /** Path with query string. */
  url: string;
  /** API names of the objects the request is about, as far as it says. */
  objects: string[];
  /** Whether the request writes records. */
  writes: boolean;
}

export interface Fault extends FaultRequest {
  id: number;
  fired: number;
}

interface Planned {
  fault: Fault;
  path: RegExp | null;
  random: () => number;
}

/** The faults asked for at the control URL: which there are, and whether one strikes now. */
export class FaultPlan implements Faults {
  readonly #planned = new Map<number, Planned>();
  #lastId = 0;

  add(request: FaultRequest): Fault {
    this.#lastId += 1;
    const fault = { ...request, id: this.#lastId, fired: 0 };
    const path = request.path === undefined ? null : new RegExp(request.path, 'i');
    this.#planned.set(fault.id, { fault, path, random: randomFrom(request.seed ?? fault.id) });
    return fault;
  }

  list(): Fault[] {
    return [...this.#planned.values()].map(({ fault }) => fault);
  }

  isEmpty(): boolean {
    return this.#planned.size === 0;
  }

  /** Ends one fault, or all; returns how many ended. */
  remove(id?: number): number {
    if (id !== undefined) return this.#planned.delete(id) ? 1 : 0;
    const ended = this.#planned.size;
    this.#planned.clear();
    return ended;
  }

  /** The first fault of this kind that strikes the target, counted as fired; null when none does. */
  strike(kind: FaultKind, target: Target): Fault | null {
    for (const { fault, path, random } of this.#planned.values()) {
      if (fault.kind !== kind || fault.fired >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
      if (path === null ? !isInScope(kind, target) : !path.test(target.url)) continue;
      if (!concerns(fault, target)) continue;
      if (random() >= (fault.chance ?? 1)) continue;
      fault.fired += 1;
      return fault;
    }
    return null;
  }

  rowLocked(object: string): boolean {
    const url = currentRequest.getStore()?.url ?? '';
    return this.strike('row-lock', { url, objects: [object], writes: true }) !== null;
  }
}

/** Without a path a fault keeps to the REST API, so that logins go on; and only a write can be dropped after it. */
function isInScope(kind: FaultKind, target: Target): boolean {
  return (
    /^\/services\/(data|async)\//i.test(target.url) && (kind !== 'drop-after' || target.writes)
  );
}

function concerns(fault: Fault, target: Target): boolean {
  const wanted = fault.object?.toLowerCase();
  return wanted === undefined || target.objects.some((name) => name.toLowerCase() === wanted);
}

/** Mulberry32: small, fast, and the same on each run for one seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
