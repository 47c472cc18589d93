import type { ApiUsage } from '../org.ts';

const WINDOW_MINUTES = 24 * 60;

/** Counts calls: against the daily limit over a rolling 24 hours, by the minute, and by kind since the start. */
export class CallCounter implements ApiUsage {
  readonly limit: number;
  readonly byKind: Record<string, number> = {};
  readonly #now: () => Date;
  readonly #minutes = new Map<number, number>();
  #total = 0;

  constructor(limit: number, now: () => Date) {
    this.limit = limit;
    this.#now = now;
  }

  get total(): number {
    return this.#total;
  }

  used(): number {
    const oldest = this.#minute() - WINDOW_MINUTES;
    let used = 0;
    for (const [minute, calls] of this.#minutes) {
      if (minute <= oldest) this.#minutes.delete(minute);
      else used += calls;
    }
    return used;
  }

  count(kind: string): void {
    const minute = this.#minute();
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + 1);
    this.byKind[kind] = (this.byKind[kind] ?? 0) + 1;
    this.#total += 1;
  }

  #minute(): number {
    return Math.floor(this.#now().getTime() / 60_000);
  }
}

/**
 * The kind under which a call is counted: the resource's name without ids and object names, such as
 * `query`, `composite/sobjects`, `jobs/query/results`, `sobjects/describe`.
 */
export function kindOfCall(path: string): string {
  const parts = path.toLowerCase().split('/').filter(Boolean);
  if (parts[1] === 'soap') return 'soap';
  // `async/job/batch/result`: every other part is an id, the third the version.
  if (parts[1] === 'async')
    return ['async', ...parts.slice(3).filter((_, i) => i % 2 === 0)].join('/');
  if (parts[1] === 'oauth2' || parts[0] === 'id') return 'identity';
  const [resource = 'resources', second, , fourth] = parts.slice(3);
  if (resource === 'sobjects') {
    const last = parts.at(-1);
    if (second === undefined || last === 'describe') return 'sobjects/describe';
    return last === 'updated' || last === 'deleted' ? `sobjects/${last}` : 'sobjects';
  }
  if (resource === 'composite') return second === undefined ? resource : `composite/${second}`;
  if (resource === 'jobs')
    return fourth === undefined ? `jobs/${second}` : `jobs/${second}/${fourth}`;
  return resource === 'queryall' ? 'queryAll' : resource;
}
