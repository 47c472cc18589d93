import { join } from 'node:path';
import type { SandboxOrg } from '../src/dev/endpoints.ts';
import { freePort } from '../src/dev/ports.ts';
import { startSandbox } from '../src/dev/sandbox-org.ts';
import { type Database, openDatabase } from '../src/marketing/database.ts';
import { BenchmarkFailed } from './failure.ts';
import { type Host, LEVEL } from './host.ts';

/** A sandbox org of so many people, and with what belongs to them: accounts, campaigns, opportunities, activities. */
export interface Org {
  name: string;
  login: SandboxOrg;
  /** Its own rows. */
  db: Database;
  /** API calls since its start, by kind. */
  calls(): Promise<{ total: number; byKind: Record<string, number> }>;
  /** Counts calls to paths that match, from now on; the function returned ends that and tells how many. */
  countCalls(path: RegExp): Promise<() => Promise<number>>;
  stop(): Promise<void>;
}

export async function startOrg(
  host: Host,
  name: string,
  { leads, contacts = 0 }: { leads: number; contacts?: number },
): Promise<Org> {
  const url = await host.database(`org_${name}`);
  const since = performance.now();
  const { child, org: login } = await startSandbox({
    databaseUrl: url,
    port: await freePort(),
    people: null,
    mix: { leads, contacts },
    folder: join(host.folder.sandbox, name),
    logFile: host.folder.log(`sandbox-${name}`),
    start: host.context(LEVEL.server),
  });
  const seconds = Math.round((performance.now() - since) / 1000);
  const people = (leads + contacts).toLocaleString('en');
  host.report(`  an org of ${people} people, made in ${seconds} s`);
  const db = openDatabase(url, { max: 2 });
  const control = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const answer = await fetch(`${login.controlUrl}${path}`, init);
    if (!answer.ok)
      throw new BenchmarkFailed(`The sandbox's control URL answers ${answer.status} on ${path}.`);
    return (await answer.json()) as T;
  };
  return {
    name,
    login,
    db,
    calls: () => control('/calls'),
    async countCalls(path) {
      // A fault that delays by nothing does nothing but count.
      const { id } = await control<{ id: number }>('/faults', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'latency', ms: 0, path: path.source }),
      });
      return async () => {
        const faults = await control<{ id: number; fired: number }[]>('/faults');
        await control(`/faults/${id}`, { method: 'DELETE' });
        return faults.find((fault) => fault.id === id)!.fired;
      };
    },
    async stop() {
      await db.end();
      await child.stop();
      await host.dropDatabase(`org_${name}`);
    },
  };
}
