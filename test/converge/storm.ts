/** Cycles in foul weather: faults of the org, workers that die, attempts given up that still run, edits in the midst of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { ConnectionDeps } from '../../activities/deps.ts';
import type { FailureDetails } from '../../activities/failures.ts';
import type { Activities } from '../../activities/index.ts';
import { CrashPlan } from '../activities/crash-points.ts';
import type { Pair } from '../activities/support.ts';
import type { Chance } from '../support/chance.ts';

/** The sync's own calls; the colleague uses another version, and is spared. */
export const SYNC_VERSION = '60.0';
const SYNC_PATH = `^/services/(data|async)/v?${SYNC_VERSION.replace('.', '\\.')}/`;

const FAULTS = [
  { kind: 'latency', ms: 30 },
  { kind: 'error' },
  { kind: 'drop-before' },
  { kind: 'drop-after' },
  { kind: 'expire-session' },
  { kind: 'row-lock' },
  { kind: 'concurrent-limit' },
  { kind: 'break-page' },
  { kind: 'corrupt-csv' },
];

/** As the retry policy of workflows/activity-options.ts; then the object is left to the next cycle. */
const TRIES = 5;

/** A worker dies at one of this many contacts with the outside world, or lives if it has fewer. */
const CRASH_POINTS = 24;

interface Weather {
  pair: Pair;
  chance: Chance;
  /** A change on either side, made while a step runs. */
  meanwhile(): Promise<void>;
  /** Told when writes to Salesforce begin and end. */
  pushes(pushing: boolean): void;
  log(text: string): void;
  /** Failures of our own code, which no weather excuses. */
  faulty: string[];
}

type Input<Name extends keyof Activities> = Omit<Parameters<Activities[Name]>[0], 'connection'>;
type Output<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

export async function chooseFaults({ pair, chance, log }: Weather): Promise<void> {
  const some = FAULTS.filter(() => chance.happens(0.3));
  for (const fault of some) {
    const share = chance.pick([0.05, 0.15, 0.4]);
    log(`fault: ${fault.kind}, chance ${share}`);
    const seed = chance.within(1, 1e9);
    const times = chance.within(1, 6);
    await pair.control('POST', '/faults', {
      ...fault,
      path: SYNC_PATH,
      chance: share,
      seed,
      times,
    });
  }
  if (!chance.happens(0.3)) return;
  log('fault: late-commit');
  const rest = { ms: 400, chance: 0.3, times: 2, seed: chance.within(1, 1e9) };
  await pair.control('POST', '/faults', { kind: 'late-commit', ...rest });
}

/** One cycle as workflows/cycle.ts goes through it; what fails is left to the next. */
export async function stormyCycle(weather: Weather, run: string): Promise<void> {
  const { pair, chance } = weather;
  const { bulk } = pair.own.config;
  const config = {
    ...pair.own.config,
    bulk: { ...bulk, queryThreshold: chance.pick([1, 10, 10_000, 10_000, 10_000]) },
  };
  const step = <Name extends keyof Activities>(name: Name, input: Input<Name>) =>
    tryStep(weather, name, input, { config });
  try {
    const fetched = await step('fetchChanges', { run });
    const merged = new Set<string>();
    for (const { object, batch, serverTime, bulk, staged } of fetched.objects) {
      const write = async (page: { batch: string; serverTime: string | null }) => {
        const resolved = await step('resolveConflicts', { run, object, batch: page.batch });
        if (resolved.merged > 0) merged.add(object);
        return step('writeMarketing', { run, object, ...page });
      };
      try {
        if (!bulk) {
          if (staged > 0) await write({ batch, serverTime });
          continue;
        }
        const job = await step('startBulkPull', { run, object });
        let postponed = 0;
        for (let locator: string | null = null, more = true; more; more = locator !== null) {
          const page: Output<'fetchPage'> = await step('fetchPage', { run, object, job, locator });
          locator = page.locator;
          const done = locator === null && postponed === 0;
          const written = await write({ batch: page.batch, serverTime: done ? serverTime : null });
          postponed += written.postponed;
        }
      } catch (error) {
        leftToTheNext(weather, error);
      }
    }
    weather.pushes(true);
    for (const { object, push } of fetched.objects) {
      if (push === 0 && !merged.has(object)) continue;
      try {
        await step('writeSalesforce', { run, object });
      } catch (error) {
        leftToTheNext(weather, error);
      }
    }
    if (fetched.programs) await step('pushPrograms', { run });
  } catch (error) {
    leftToTheNext(weather, error);
  } finally {
    weather.pushes(false);
  }
}

function leftToTheNext({ log }: Weather, error: unknown): void {
  if (!(error instanceof GivenUp)) throw error;
  log(`  ${error.message}`);
}

class GivenUp extends Error {}

async function tryStep<Name extends keyof Activities>(
  weather: Weather,
  name: Name,
  input: Input<Name>,
  deps: Partial<ConnectionDeps>,
): Promise<Output<Name>> {
  const { pair, chance, log } = weather;
  const what = `${name} ${'object' in input ? input.object : ''}`;
  for (let attempt = 1; ; attempt += 1) {
    const point = chance.happens(0.25) ? chance.within(0, CRASH_POINTS) : Number.POSITIVE_INFINITY;
    const plan = new CrashPlan(point);
    const edit = chance.happens(0.2) ? editWithin(weather, chance.within(0, 15)) : null;
    // Its worker does not answer any more, so another gets the step, but it goes on (twice at once).
    const twin = chance.happens(0.08) ? chance.within(0, 10) : null;
    const go = (own: Partial<ConnectionDeps>) => pair.run(name, input, { ...deps, ...own });
    try {
      const first = go(plan.deps(pair.own));
      if (twin === null) return await first;
      log(`  twice at once: ${what}`);
      first.catch(() => undefined);
      await sleep(twin);
      const [given, result] = await Promise.allSettled([first, go({})]);
      if (given.status === 'rejected') judge(weather, what, given.reason, plan);
      if (result.status === 'fulfilled') return result.value;
      throw result.reason;
    } catch (error) {
      log(`  ${plan.crashed ? `dies at point ${point}` : 'fails'}: ${what}`);
      const again = judge(weather, what, error, plan);
      if (!again || attempt === TRIES) throw new GivenUp(`given up: ${what}`);
    } finally {
      await edit;
    }
  }
}

async function editWithin({ meanwhile, log }: Weather, ms: number): Promise<void> {
  await sleep(ms);
  log('  meanwhile:');
  await meanwhile();
}

/** Whether another attempt may do better. */
function judge({ faulty }: Weather, what: string, error: unknown, plan: CrashPlan): boolean {
  if (plan.crashed) return true;
  if (!(error instanceof ApplicationFailure)) {
    faulty.push(`${what} threw ${(error as Error).stack}`);
    return false;
  }
  const [{ remedy } = { remedy: 'retry' }] = (error.details ?? []) as FailureDetails[];
  if (error.type && OUR_FAULT.test(error.type)) {
    faulty.push(`${what}: ${error.type}: ${error.message}`);
  }
  return remedy === 'retry';
}

const OUR_FAULT =
  /^(Error|TypeError|RangeError|ReferenceError|SyntaxError|DatabaseRejected|error)$/;
