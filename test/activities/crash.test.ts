import { beforeAll, describe, expect, it } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import { differences } from '../support/converge.ts';
import { CrashPlan } from './crash-points.ts';
import { PEOPLE_ONLY, pairForTests } from './support.ts';

const pair = pairForTests(
  {
    ...PEOPLE_ONLY,
    people: { createInSalesforce: 'always', onDelete: 'delete' },
    bulk: { pageSize: 1_000 },
  },
  { people: 700 },
);
let leads: string[];
/** Each point of each step takes leads of its own. */
let mine: { edited: string; deleted: string };
beforeAll(async () => {
  await pair.load();
  const rows = await pair.crm.query('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id');
  leads = rows.map(({ Id }) => Id!);
});

const mark = (side: string) => `${side}-${mine.edited.toLowerCase()}@crash.example`;

/** Ends the step at each of its points in turn, then runs it again. Returns the number of points. */
async function crashEverywhere<Name extends keyof Activities>(
  name: Name,
  scene: {
    before(point: number): Promise<Parameters<Activities[Name]>[0]>;
    after(point: number): Promise<void>;
    /** In place of running it again. */
    again?(point: number): Promise<void>;
  },
): Promise<number> {
  for (let point = 0; ; point += 1) {
    mine = { edited: leads.shift()!, deleted: leads.pop()! };
    const input = await scene.before(point);
    const plan = new CrashPlan(point);
    const first = pair.run(name, input, plan.deps(pair.own));
    if (!plan.crashed) await first.catch(() => undefined);
    if (!plan.crashed) {
      await first;
      await scene.after(point);
      return point;
    }
    await expect(first, `the crash at point ${point} was swallowed`).rejects.toThrow();
    if (scene.again) await scene.again(point);
    else await pair.run(name, input);
    await scene.after(point);
  }
}

const input = (fields: object) => ({ connection: 'default', ...fields }) as never;

async function changesThere(point: number): Promise<void> {
  await pair.crm.update('Lead', mine.edited, { Phone: `+${point}`, Fax: `theirs ${point}` });
  await pair.crm.delete('Lead', mine.deleted);
  const Email = mark('there');
  await pair.crm.create('Lead', { LastName: 'There', Company: 'Acme', Email });
}

async function conflictsOf(point: number): Promise<number> {
  const [row] = await pair.sql(
    `select count(*)::int as count from tandem.conflict where sfdc_id = $1 and marketing = $2`,
    [mine.edited, `ours ${point}`],
  );
  return row.count;
}

async function editHere(point: number): Promise<void> {
  const rows = await pair.sql(
    `update marketing.person set fax = $2, job_title = $2 where sfdc_id = $1 returning id`,
    [mine.edited, `ours ${point}`],
  );
  expect(rows).toHaveLength(1);
}

describe('a step that ends between any two statements, and is run again (N6)', () => {
  it('N6, N5: fetchChanges stages all that changed', async () => {
    const points = await crashEverywhere('fetchChanges', {
      before: async (point) => {
        await changesThere(point);
        return input({ run: `fetch-${point}` });
      },
      async after() {
        const staged = await pair.sql('select from tandem.staged_lead where "Email" = $1', [
          mark('there'),
        ]);
        expect(staged).toHaveLength(1);
      },
    });
    expect(points).toBeGreaterThan(8);
    await pair.cycle('fetch-end');
    expect(await differences(pair)).toEqual([]);
  }, 60_000);

  it.each(['resolveConflicts', 'writeMarketing'] as const)(
    'N6, N5, C3: %s merges and writes each record once, with each conflict once',
    async (name) => {
      const points = await crashEverywhere(name, {
        before: async (point) => {
          await changesThere(point);
          await editHere(point);
          const run = `${name}-${point}`;
          const { objects } = await pair.run('fetchChanges', { run });
          const { serverTime } = objects.find(({ object }) => object === 'Lead')!;
          return input({ run, object: 'Lead', serverTime });
        },
        async after(point) {
          const run = `${name}-${point}`;
          if (name === 'resolveConflicts') {
            const serverTime = new Date().toISOString();
            await pair.run('writeMarketing', { run, object: 'Lead', serverTime });
          }
          expect(await conflictsOf(point)).toBe(1);
          const people = await pair.sql('select from marketing.person where email = $1', [
            mark('there'),
          ]);
          expect(people.length).toBeGreaterThan(0);
          const [step] = await pair.sql(
            `select sum(s.conflicts)::int as conflicts, sum(s.deleted)::int as deleted
             from tandem.cycle_step s join tandem.cycle c on c.id = s.cycle where c.key = $1`,
            [run],
          );
          expect(step).toEqual({ conflicts: 1, deleted: 1 });
          await pair.run('writeSalesforce', { run, object: 'Lead' });
        },
      });
      expect(points).toBeGreaterThan(6);
      await pair.cycle(`${name}-echo`);
      expect(await differences(pair)).toEqual([]);
    },
    90_000,
  );

  it.each(['run again', 'left to the next cycle'])(
    'N6, N2: writeSalesforce, %s, updates, creates and deletes each record once',
    async (how) => {
      const points = await crashEverywhere('writeSalesforce', {
        // There the pull comes first, and meets what was created.
        ...(how !== 'run again' && { again: (point) => pair.cycle(`next-${point}`) }),
        before: async (point) => {
          await editHere(point);
          await pair.sql(
            `insert into marketing.person (last_name, company, email) values ('Here', 'Acme', $1)`,
            [mark('here')],
          );
          await pair.sql('delete from marketing.person where sfdc_id = $1', [mine.deleted]);
          return input({ run: `${how}-${point}`, object: 'Lead' });
        },
        async after(point) {
          const made = await pair.crm.query(`SELECT Id FROM Lead WHERE Email = '${mark('here')}'`, {
            deletedToo: true,
          });
          expect(made).toHaveLength(1);
          const [pushed] = await pair.crm.query(
            `SELECT Title FROM Lead WHERE Id = '${mine.edited}'`,
          );
          expect(pushed).toMatchObject({ Title: `ours ${point}` });
          const there = await pair.crm.query(`SELECT Id FROM Lead WHERE Id = '${mine.deleted}'`);
          expect(there).toEqual([]);
          const [pending] = await pair.sql(
            'select count(*)::int as count from tandem.pending_change',
          );
          expect(pending.count).toBe(0);
        },
      });
      expect(points).toBeGreaterThan(15);
      await pair.cycle(`${how}-echo`);
      expect(await differences(pair)).toEqual([]);
      expect(
        await pair.sql('select code from tandem.sync_error where resolved_at is null'),
      ).toEqual([]);
    },
    90_000,
  );

  it('N6, A2: loadPage brings each row once, and counts it once', async () => {
    const points = await crashEverywhere('loadPage', {
      before: async () => {
        await pair.own.db.syncTransaction(async (tx) => {
          await tx.query(`delete from marketing.person where sfdc_type = 'Contact'`);
          await tx.query(`delete from tandem.load where object = 'Contact'`);
        });
        await pair.run('prepareLoad', {});
        return input({ object: 'Contact' });
      },
      async after() {
        const [load] = await pair.sql(
          `select state, done::int, expected::int from tandem.load where object = 'Contact'`,
        );
        expect(load).toEqual({ state: 'done', done: 350, expected: 350 });
      },
    });
    expect(points).toBeGreaterThan(8);
    expect(await differences(pair)).toEqual([]);
  }, 60_000);
});
