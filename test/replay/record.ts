/**
 * Records the histories that replay.test.ts replays, from a real run: `node test/replay/record.ts`, or
 * `node bin/run.mjs test/replay/record.ts` where the host's own Node is older. Takes a minute.
 *
 * Run it after a release whose workflows differ, and add what it writes to the histories that are
 * there: those of released code stay, for they stand for workflows that still run somewhere. Give the
 * release as argument (`… record.ts 0.2.0`); without one the files of `histories/` itself are replaced.
 *
 * - first-run: connection, from the start to the initial load
 * - initial-load: connection, while its child copies everything
 * - initial-load-continued, initial-load-last: the child, continued as new after two pages, and its last run
 * - idle, busy: connection, a cycle with nothing to do, and one with changes on both sides
 * - programs: connection, a cycle that makes a program's campaign and its members
 * - comparing, compare: connection, a cycle that has a comparison of ids begun, and that comparison
 * - paused: connection, a cycle, and paused while it rests
 * - resumed: connection, held by that pause, a sync refused, the pause between cycles set, resumed
 * - action: one action, whose first try lost its answer
 *
 * The histories hold ids, counts and watermarks of a sandbox org (N7). Names of machines, processes and
 * folders are taken out.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { type System, startSystem } from '../support/system.ts';

const folder = join(import.meta.dirname, 'histories', process.argv[2] ?? '');
const CONNECTION = 'tandem/default';
const COMPARE = 'tandem/default/compare';
/** How the SDK names a worker and its own queue: process and machine. */
const PROCESS = new RegExp(`\\d+@${hostname().replaceAll('.', '\\.')}`, 'g');
const STACK = /"stackTrace": "(?:[^"\\]|\\.)*"/g;
/** The fewest that config takes; the org has more leads than that. */
const PAGE = 1_000;
const PEOPLE = 5_000;

await mkdir(folder, { recursive: true });
const system = await startSystem({ people: PEOPLE, config: `bulk:\n  pageSize: ${PAGE}\n` });
try {
  await system.statusWhen(({ lastSync }) => lastSync !== null);
  const runs = await chain(system, CONNECTION);
  await save('first-run', CONNECTION, runs[0]!);
  await save('initial-load', CONNECTION, runs[1]!);

  await loadAgain();
  const [busy, idle] = [await afterCycle(busyOnBothSides), await afterCycle(async () => undefined)];
  await save('busy', CONNECTION, busy);
  await save('idle', CONNECTION, idle);
  await save('programs', CONNECTION, await afterCycle(newProgram));
  const comparing = await afterCycle(wantComparison);
  await save('comparing', CONNECTION, comparing);
  await save(
    'compare',
    COMPARE,
    (await system.temporal.workflow.getHandle(COMPARE).describe()).runId,
  );
  const [paused, resumed] = await pauseAndResume();
  await save('paused', CONNECTION, paused);
  await save('resumed', CONNECTION, resumed);
  await recordAction();
} finally {
  await system.remove();
}

/** An initial load of its own, on empty tables, two pages a run: so that it continues as new. */
async function loadAgain(): Promise<void> {
  const id = 'tandem/default/initial-load';
  await system.tandem(['pause', '--by', 'record.ts', '--reason', 'loads again']);
  await system.sql(`set tandem.origin = 'sync'; delete from marketing.person; delete from marketing.account;
    delete from marketing.sales_user; delete from tandem.load; delete from tandem.watermark;
    set tandem.origin = ''`);
  const started = await system.temporal.workflow.start('initialLoad', {
    workflowId: id,
    taskQueue: 'tandem',
    args: [{ connection: 'default', pagesPerRun: 2 }],
  });
  await started.result();
  const runs = await chain(system, id, started.firstExecutionRunId);
  await save('initial-load-continued', id, runs[0]!);
  await save('initial-load-last', id, runs.at(-1)!);
  await system.tandem(['resume']);
  await system.synced();
}

async function recordAction(): Promise<void> {
  await system.control('POST', 'faults', {
    ...{ kind: 'drop-after', path: 'composite/sobjects/Lead/Tandem_Id__c', times: 1 },
  });
  const [action] = await system.sql<{ id: string }>(
    `with added as (insert into marketing.person (last_name, company) values ('Asked', 'For') returning id)
     insert into marketing.salesforce_action (kind, person_id) select 'Sync Person', id from added
     returning id`,
  );
  const id = `tandem/default/action/${action!.id}`;
  const handle = system.temporal.workflow.getHandle(id);
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    if (await handle.describe().catch(() => null)) break;
    await new Promise((later) => setTimeout(later, 100));
  }
  await handle.result();
  await save('action', id, (await handle.describe()).runId);
}

async function busyOnBothSides(): Promise<void> {
  const rows = await system.crm.query('SELECT Id FROM Lead WHERE IsConverted = false LIMIT 3');
  const [one, two, three] = rows.map(({ Id }) => Id!) as [string, string, string];
  await system.crm.update('Lead', one, { City: 'There' });
  await system.crm.delete('Lead', three);
  await system.crm.update('Lead', two, { City: 'There' });
  await system.sql("update marketing.person set city = 'Here' where sfdc_id = any($1)", [[two]]);
  await system.sql(
    `update marketing.person set city = 'Here' where sfdc_id in
       (select sfdc_id from marketing.person where sfdc_type = 'Contact' limit 5)`,
  );
}

async function newProgram(): Promise<void> {
  await system.sql(`insert into marketing.channel values ('Webinar');
    insert into marketing.channel_status values ('Webinar', 'Invited', 1, false);
    insert into marketing.program (name, channel, create_campaign) values ('Recorded', 'Webinar', true);
    insert into marketing.program_member (program_id, person_id)
      select g.id, p.id from marketing.program g, marketing.person p where p.sfdc_type = 'Contact' limit 3`);
}

async function wantComparison(): Promise<void> {
  await system.sql(`insert into tandem.comparison (object, requested_at) values ('Account', now())
    on conflict (object) do update set requested_at = excluded.requested_at`);
}

async function pauseAndResume(): Promise<[string, string]> {
  const { runId } = await system.temporal.workflow.getHandle(CONNECTION).describe();
  await system.tandem(['pause', '--by', 'record.ts', '--reason', 'to be recorded']);
  await system.tandem(['sync']);
  await system.tandem(['set-pause', '2h']);
  await system.tandem(['resume']);
  await system.synced();
  await system.synced();
  const runs = await chain(system, CONNECTION, runId);
  return [runs[0]!, runs[1]!];
}

/** Does something while the connection rests, syncs, and gives the run that did the cycle. */
async function afterCycle(work: () => Promise<void>): Promise<string> {
  const { runId } = await system.temporal.workflow.getHandle(CONNECTION).describe();
  await work();
  await system.synced();
  // Its rest ends with the next sync: the history is whole then.
  await system.synced();
  return (await chain(system, CONNECTION, runId))[1]!;
}

/** The run ids from the first (or the given) run on, as each continued as the next. */
async function chain(of: System, workflowId: string, from?: string): Promise<string[]> {
  const first = from ?? (await firstRun(of.temporal.workflow.getHandle(workflowId)));
  const runs = [first];
  for (;;) {
    const last = of.temporal.workflow.getHandle(workflowId, runs.at(-1)!);
    const end = (await last.fetchHistory()).events!.at(-1)!;
    const next = end.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (!next) return runs;
    runs.push(next);
  }
}

async function firstRun(handle: WorkflowHandle): Promise<string> {
  const { events } = await handle.fetchHistory();
  return events![0]!.workflowExecutionStartedEventAttributes!.firstExecutionRunId!;
}

async function save(name: string, workflowId: string, runId: string): Promise<void> {
  const history = await system.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const json = JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) }, null, 1);
  // Who made it and where is of no use to a replay.
  const plain = json.replaceAll(PROCESS, 'recorded').replaceAll(STACK, '"stackTrace": ""');
  await writeFile(join(folder, `${name}.json`), `${plain}\n`);
  process.stdout.write(`${name}: ${history.events!.length} events\n`);
}
