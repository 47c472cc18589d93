/** What the crash tests share: random moments from a seed, changes on both sides, and how to tell that all went quiet. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoints } from '../../src/dev/endpoints.ts';
import type { Chance } from '../support/chance.ts';
import type { Sides } from '../support/converge.ts';
import { type Crm, enterCrm } from '../support/crm.ts';
import { soapCall } from '../support/soap.ts';
import type { System } from '../support/system.ts';
import type { World } from '../support/workload/scene.ts';

/** TANDEM_CHAOS_SEED runs one seed again; each run prints its own. */
export function chaosSeed(): number {
  const given = process.env.TANDEM_CHAOS_SEED;
  const seed = given ? Number(given) : Math.floor(Math.random() * 1e9);
  process.stderr.write(`chaos: TANDEM_CHAOS_SEED=${seed}\n`);
  return seed;
}

/** Asks until the answer is neither null nor an error; says what it waited for when it never is. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null>,
  patienceMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  let problem: unknown = 'not yet';
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== null) return answer;
      problem = 'not yet';
    } catch (error) {
      problem = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: ${problem}`, { cause: problem });
    await sleep(100);
  }
}

/** endpoints.json as it stands: pids change when parts are restarted. */
export async function endpointsNow({ dataDir }: Pick<System, 'dataDir'>): Promise<Endpoints> {
  return JSON.parse(await readFile(join(dataDir, 'endpoints.json'), 'utf8'));
}

export type Part = 'worker' | 'postgres' | 'temporal' | 'sandbox';

async function pidOf(system: System, part: Part): Promise<number> {
  const read = async () => [(await endpointsNow(system)).pids[part] ?? []].flat()[0] ?? null;
  return until(`the ${part} has a pid`, read);
}

/** Sends a part the signal, and waits until the starter has another one in its place. */
export async function strike(
  system: System,
  part: Part,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> {
  const old = await pidOf(system, part);
  process.kill(old, signal);
  await until(`the ${part} is started again`, async () =>
    (await pidOf(system, part)) === old ? null : true,
  );
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits for a moment in the midst of the sync's work: some calls to the org from now, and a little. */
export async function someMoment(system: System, chance: Chance, calls = 12): Promise<void> {
  // The org may be down just now, with a part that was struck before.
  const { total } = await until('the org answers', () => system.control('GET', 'calls'));
  const wanted = total + chance.within(1, calls);
  await until('the sync calls the org', async () =>
    (await system.control('GET', 'calls')).total >= wanted ? true : null,
  );
  await sleep(chance.within(0, 60));
}

/** The admin of the org, who logs in again when the sandbox has forgotten the session. */
export class Colleague {
  readonly #system: System;
  #crm: Crm;

  constructor(system: System) {
    this.#system = system;
    this.#crm = system.crm;
  }

  /** The work, which must bear to be done twice, until it goes through. */
  async insist<T>(work: (crm: Crm) => Promise<T>): Promise<T> {
    const { done } = await until('the colleague gets through to the org', async () => {
      try {
        return { done: await work(this.#crm) };
      } catch (error) {
        const { instanceUrl, admin } = this.#system.endpoints.salesforce;
        this.#crm = await enterCrm(instanceUrl, admin.username, admin.password).catch(() => {
          throw error;
        });
        throw error;
      }
    });
    return done;
  }
}

/** Both sides for converge.ts, through sessions that expire and databases that restart. */
export function sidesOf(system: System, colleague = new Colleague(system)): Sides {
  return {
    crm: { query: (soql, options) => colleague.insist((crm) => crm.query(soql, options)) },
    sql: (text, params) => insistSql(system, text, params),
  };
}

/** Both sides for a workload, through the same. */
export function worldOf(system: System, colleague = new Colleague(system)): World {
  return {
    sql: (text, params) => insistSql(system, text, params),
    insist: (work) => colleague.insist(work),
    soap: (call) => {
      const { instanceUrl: url, admin } = system.endpoints.salesforce;
      return soapCall({ url, admin }, call);
    },
    moment: () => null,
  };
}

/** SQL on marketing as a user who tries again when the database was away. */
export function insistSql(system: System, text: string, params?: unknown[]) {
  return until('the marketing database answers', () => system.sql(text, params));
}

/** Ends all faults, and waits until two cycles in a row, begun after that, found nothing to do. */
export async function quiet(system: System, patienceMs = 75_000): Promise<void> {
  await until('the faults end', async () => {
    await system.control('DELETE', 'faults');
    return true;
  });
  const rows = await insistSql(system, 'select coalesce(max(id), 0)::int as id from tandem.cycle');
  const before = rows[0]!.id;
  const idle = async (): Promise<true | null> => {
    const cycles = await system.sql<{ status: string; busy: boolean; errors: number }>(
      `select c.status, exists (select from tandem.cycle_step s where s.cycle = c.id
             and s.new + s.updated + s.deleted + s.undeleted + s.failed + s.conflicts > 0) as busy,
           (select count(*)::int from tandem.sync_error where resolved_at is null) as errors
         from tandem.cycle c where c.id > $1 order by c.id desc limit 3`,
      [before],
    );
    // Backoff is for people's patience: here what waits is due at once.
    if ((cycles[0]?.errors ?? 0) > 0) {
      await system.sql('update tandem.sync_error set next_try = null where resolved_at is null');
      return null;
    }
    const ended = cycles.filter(({ status }) => status !== 'running');
    const still = ended.slice(0, 2).every(({ status, busy }) => status === 'done' && !busy);
    return ended.length >= 2 && still ? true : null;
  };
  try {
    await until('two cycles in a row find nothing to do', idle, patienceMs);
  } catch (error) {
    throw new Error(`${await whatGoesOn(system)}`, { cause: error });
  }
}

async function whatGoesOn(system: System): Promise<string> {
  const status = await system.tandem(['status']);
  const steps = await system.sql(
    `select s.*, c.status as cycle_status, c.reason as cycle_reason from tandem.cycle c
     left join tandem.cycle_step s on s.cycle = c.id order by c.id desc limit 8`,
  );
  const errors = await system.sql(
    'select * from tandem.sync_error where resolved_at is null limit 5',
  );
  return `never quiet: ${JSON.stringify({ status: status.json ?? status.stderr, steps, errors }, null, 1)}`;
}
