import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { systemForTests } from '../support/system-for-tests.ts';

const system = systemForTests({ people: 40 });
beforeAll(async () => {
  await system.tandem(['pause', '--by', 'the test', '--reason', 'actions do not wait']);
});

async function add(values: Record<string, unknown>): Promise<string> {
  const names = Object.keys(values);
  const [row] = await system.sql<{ id: string }>(
    `insert into marketing.person (${names.join(', ')})
     values (${names.map((_, index) => `$${index + 1}`).join(', ')}) returning id`,
    Object.values(values),
  );
  return row!.id;
}

interface Action extends Record<string, unknown> {
  id: string;
  status: string;
  code: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: ids by what they are
  result: any;
  seconds: number;
}

/** The actions once they have all ended. */
async function ended(ids: readonly string[]): Promise<Action[]> {
  const until = Date.now() + 60_000;
  for (;;) {
    const rows = await system.sql<Action>(
      `select a.*, extract(epoch from ended_at - requested_at)::float8 as seconds
       from marketing.salesforce_action a where id = any($1) order by requested_at, id`,
      [ids],
    );
    if (rows.every(({ status }) => ['done', 'failed'].includes(status))) return rows;
    if (Date.now() > until) throw new Error(`never ended: ${JSON.stringify(rows)}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

const ask = async (kind: string, person: string, parameters: object = {}) =>
  (
    await system.sql<{ id: string }>(
      `insert into marketing.salesforce_action (kind, person_id, parameters)
       values ($1, $2, $3) returning id`,
      [kind, person, JSON.stringify(parameters)],
    )
  )[0]!.id;

const leadsOf = (person: string) =>
  system.crm.query(`SELECT Id, OwnerId FROM Lead WHERE Tandem_Id__c = '${person}'`);

/** A few seconds, on machines that do much else. */
const SOON = 10;

describe('actions while the connection is paused (I1 to I9)', () => {
  it('I1, I4, I5: rows inserted by a user who may do nothing else are done within seconds, once', async () => {
    await system.sql('create role marketer');
    await system.sql('grant usage on schema marketing to marketer');
    await system.sql('grant select, insert on marketing.salesforce_action to marketer');
    const [one, two] = [
      await add({ last_name: 'Asante', company: 'Volta', email: 'asante@volta.example' }),
      await add({ last_name: 'Mensah', company: 'Volta' }),
    ];
    await system.crm.create('Campaign', { Name: 'Harvest', IsActive: true });
    // The first lead's answer is lost.
    await system.control('POST', 'faults', {
      ...{ kind: 'drop-after', path: 'composite/sobjects/Lead/Tandem_Id__c', times: 1 },
    });
    const user = new pg.Client({ connectionString: system.endpoints.database.url });
    await user.connect();
    await user.query('set role marketer');
    const { rows } = await user.query<{ id: string }>(
      `insert into marketing.salesforce_action (kind, person_id, parameters) values
         ('Sync Person', $1::uuid, '{}'::jsonb),
         ('Create Task', $2, '{"subject": "Ring Ms Mensah"}'),
         ('Add to Campaign', $2, '{"campaign": "Harvest"}'),
         ('Nonsense', $2, '{}') returning id`,
      [one, two],
    );
    await expect(user.query('select 1 from marketing.person')).rejects.toThrow(/permission denied/);
    await user.end();
    const actions = await ended(rows.map(({ id }) => id));
    await system.control('DELETE', 'faults');
    expect(actions.map(({ status, code }) => [status, code])).toEqual([
      ['done', null],
      ['done', null],
      ['done', null],
      ['failed', 'WRONG_REQUEST'],
    ]);
    for (const { seconds } of actions) expect(seconds).toBeLessThan(SOON);
    expect(await leadsOf(one)).toHaveLength(1);
    const [lead, ...more] = await leadsOf(two);
    expect(more).toEqual([]);
    expect(await system.crm.query(`SELECT Id FROM Task WHERE WhoId = '${lead!.Id}'`)).toHaveLength(
      1,
    );
    expect(
      await system.sql('select sfdc_id from marketing.person where id = any($1)', [[one, two]]),
    ).toEqual(expect.arrayContaining([{ sfdc_id: lead!.Id }]));
    expect((await system.statusWhen(() => true)).state).toBe('paused');
  });

  it('N7, L4: Temporal keeps ids and codes of an action, and nothing of what it is about', async () => {
    const person = await add({ last_name: 'Secretname', company: 'Volta' });
    const [action] = await ended([
      await ask('Create Task', person, { subject: 'Secretsubject', description: 'Secretword' }),
    ]);
    const handle = system.temporal.workflow.getHandle(`tandem/default/action/${action!.id}`);
    expect(await handle.result()).toEqual({ status: 'done', code: null });
    const json = historyToJSON(await handle.fetchHistory());
    const payloads = [...json.matchAll(/"data": ?"([^"]*)"/g)].map(([, data]) =>
      Buffer.from(data!, 'base64').toString('utf8'),
    );
    const history = payloads.join('\n');
    expect(history).toContain(action!.id);
    expect(history + json).not.toMatch(/Secret/);
    expect(JSON.stringify(await system.output())).not.toMatch(/Secret/);
  });

  it('I7, I8: `tandem action` asks, waits and tells; its exit code says how it ended', async () => {
    const [one, two] = [
      await add({ last_name: 'Diallo', company: 'Senegal' }),
      await add({ last_name: 'Diallo', company: 'Senegal', phone: '+1 555 0107' }),
    ];
    const merged = await system.tandem([
      'action',
      'merge-people',
      '--person',
      one,
      '--merge',
      two,
      '--wait',
    ]);
    expect(merged).toMatchObject({ code: 0, json: { status: 'done', result: { person: one } } });
    const wish = ['--person', one, '--no-opportunity', '--wait', '--timeout', '60s'];
    const converted = await system.tandem(['action', 'convert-person', ...wish]);
    expect(converted).toMatchObject({ code: 0, json: { kind: 'Convert Person', status: 'done' } });
    const { contact, opportunity } = converted.json.result;
    expect(opportunity).toBeNull();
    expect(
      await system.sql('select sfdc_id, phone from marketing.person where id = $1', [one]),
    ).toEqual([{ sfdc_id: contact, phone: '+1 555 0107' }]);
    const again = await system.tandem(['action', 'convert-person', '--person', one, '--wait']);
    expect(again).toMatchObject({ code: 1, json: { status: 'failed', code: 'ALREADY_CONVERTED' } });
    expect(again.stderr).toMatch(/ALREADY_CONVERTED.*\n$/);
    const wrong = await system.tandem(['action', 'create-task', '--person', one]);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(await system.tandem(['action', 'fly', '--person', one])).toMatchObject({ code: 2 });
  });

  it('I3: a Temporal client starts the workflow of a row itself, however often', async () => {
    const person = await add({ last_name: 'Keita', company: 'Mali' });
    const [user] = await system.crm.query(
      "SELECT Id FROM User WHERE IsActive = true AND Profile.Name = 'Sales' LIMIT 1",
    );
    const id = await ask('Change Owner', person, { owner: user!.Id });
    const options = {
      ...{ workflowId: `tandem/default/action/${id}`, taskQueue: 'tandem' },
      ...{
        args: [{ connection: 'default', action: id }],
        workflowIdConflictPolicy: 'USE_EXISTING' as const,
      },
    };
    const results = [];
    for (const _ of [1, 2]) {
      results.push(await (await system.temporal.workflow.start('action', options)).result());
    }
    expect(results[0]).toEqual({ status: 'done', code: null });
    expect(results[1]).toEqual({ status: 'done', code: null });
    expect(await leadsOf(person)).toMatchObject([{ OwnerId: user!.Id }]);
  });

  it('I1: a worker that lost its listening session, or died, hears of what was asked meanwhile', async () => {
    const cut = () =>
      system.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tandem listener'`,
      );
    expect(await cut()).toHaveLength(1);
    const deaf = await add({ last_name: 'Deaf', company: 'Volta' });
    const [heard] = await ended([await ask('Sync Person', deaf)]);
    expect(heard).toMatchObject({ status: 'done' });
    expect(heard!.seconds).toBeLessThan(SOON);
    await system.control('POST', 'faults', {
      kind: 'latency',
      path: 'Tandem_Id__c',
      ms: 1_500,
      times: 1,
    });
    const killed = await add({ last_name: 'Killed', company: 'Volta' });
    const id = await ask('Sync Person', killed);
    await vi.waitFor(
      async () => {
        const [row] = await system.sql(
          'select status from marketing.salesforce_action where id = $1',
          [id],
        );
        expect(row!.status).toBe('running');
      },
      { timeout: 10_000, interval: 20 },
    );
    system.kill('worker');
    const [done] = await ended([id]);
    expect(done).toMatchObject({ status: 'done' });
    expect(await leadsOf(killed)).toHaveLength(1);
  });

  it('N4: resumed, the next cycles find nothing new in all of it', async () => {
    await system.tandem(['resume']);
    await system.synced();
    const versions = () =>
      system.sql('select id, xmin::text, ctid::text from marketing.person order by id');
    const before = await versions();
    const cycle = await system.synced();
    expect(await versions()).toEqual(before);
    expect(
      await system.sql(
        `select object from tandem.cycle_step where cycle = $1 and new + updated + deleted + failed > 0`,
        [cycle],
      ),
    ).toEqual([]);
    const people = await system.sql(
      `select id from marketing.person where sfdc_id is not null group by id having count(*) > 1`,
    );
    expect(people).toEqual([]);
  });
});
