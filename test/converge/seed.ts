/** One random history of both sides, every choice of it from one seed. */
import type { Pair } from '../activities/support.ts';
import { Chance } from '../support/chance.ts';
import { differences } from '../support/converge.ts';
import { soapCall } from '../support/soap.ts';
import { memberProblems } from '../support/workload/members.ts';
import { createThere } from '../support/workload/people.ts';
import type { Moment, Scene } from '../support/workload/scene.ts';
import { makeThing, THINGS } from '../support/workload/things.ts';
import { Workload } from '../support/workload/workload.ts';
import { conflictProblems } from './conflicts.ts';
import { chooseFaults, stormyCycle } from './storm.ts';

/** Cycles until nothing is left to do: what a merge brought is pushed by the second, its echo comes with the third. */
const PATIENCE = 8;

/** What many seeds share. */
export interface Ground {
  pair: Pair;
  program: NonNullable<Scene['program']>;
}

/** Throws what is wrong after all went quiet, with the steps that led there. */
export async function runSeed({ pair, program }: Ground, seed: number): Promise<void> {
  const steps: string[] = [];
  const log = (text: string) => void steps.push(text);
  try {
    const problems = await live({ pair, program }, seed, log);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  } catch (error) {
    throw new Error(
      `Seed ${seed} fails; it runs alone by: npm run converge -- --seeds 1 --from ${seed}\n` +
        `${(error as Error).message}\nIts steps:\n${steps.map((step) => `  ${step}`).join('\n')}`,
      { cause: error },
    );
  }
}

async function live(
  { pair, program }: Ground,
  seed: number,
  log: (text: string) => void,
): Promise<string[]> {
  const chance = new Chance(seed);
  let moment: Moment = 0;
  const world = {
    sql: pair.sql,
    insist: <T>(work: (crm: Pair['crm']) => Promise<T>) => work(pair.crm),
    soap: (call: string) => soapCall(pair.sandbox, call),
    moment: () => moment,
  };
  const workload = new Workload(world, chance, { log });
  workload.scene.program = program;
  const run = (name: string) => `seed-${seed}-${workload.scene.mark}-${name}`;
  for (let made = 0; made < 8; made += 1) await createThere(workload.scene);
  for (const object of THINGS) await makeThing(workload.scene, object);
  await pair.cycle(run('start'));
  await workload.problems();

  const weather = {
    pair,
    chance,
    log,
    faulty: [] as string[],
    meanwhile: () => workload.step(),
    pushes: (pushing: boolean) => {
      moment = pushing ? 'pushing' : null;
    },
  };
  const rounds = chance.within(1, 2);
  for (let round = 1; round <= rounds; round += 1) {
    await workload.steps(chance.within(3, 9));
    await chooseFaults(weather);
    log(`cycle ${round}:`);
    moment = null;
    await stormyCycle(weather, run(String(round)));
    moment = round;
    await pair.control('DELETE', '/faults');
  }
  log('quiet:');
  await quiet(pair, run('end'));
  return [
    ...weather.faulty,
    ...(await conflictProblems(pair, workload.scene.people)),
    ...(await workload.problems()),
    ...(await memberProblems(workload.scene)),
    ...(await differences(pair)),
    ...(await openErrors(pair)),
  ];
}

/** Cycles without faults until one finds nothing to do. */
async function quiet(pair: Pair, run: string): Promise<void> {
  for (let cycle = 1; cycle <= PATIENCE; cycle += 1) {
    await pair.sql('update tandem.sync_error set next_try = null where resolved_at is null');
    await pair.cycle(`${run}-${cycle}`);
    const [{ busy }] = await pair.sql(
      `select exists (select from tandem.cycle_step s join tandem.cycle c on c.id = s.cycle
         where c.key = $1 and s.new + s.updated + s.deleted + s.undeleted + s.failed + s.conflicts > 0)
       as busy`,
      [`${run}-${cycle}`],
    );
    if (!busy) return;
  }
  const steps = await pair.sql(
    `select s.object, s.operation, s.new, s.updated, s.deleted, s.failed, s.conflicts
     from tandem.cycle_step s join tandem.cycle c on c.id = s.cycle where c.key = $1`,
    [`${run}-${PATIENCE}`],
  );
  throw new Error(`after ${PATIENCE} cycles there is still work: ${JSON.stringify(steps)}`);
}

async function openErrors({ sql }: Pair): Promise<string[]> {
  const errors = await sql(
    `select object, operation, sfdc_id, code, message from tandem.sync_error where resolved_at is null`,
  );
  return errors.map((error) => `an open error: ${JSON.stringify(error)}`);
}
