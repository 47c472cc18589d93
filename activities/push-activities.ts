import { claimedTasks } from '../src/ledger/actions.ts';
import { recordStep, startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { alone } from '../src/marketing/lock.ts';
import {
  type DueActivity,
  keepTries,
  settleActivities,
  type TaskResult,
  takeActivities,
  tasksOfActivities,
} from '../src/marketing/pushed-activities.ts';
import type { Outcome, Row } from '../src/salesforce/port.ts';
import { taskSubject } from '../src/sync/task-subject.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import type { ConnectionDeps, CycleInput, Deps } from './deps.ts';
import { hasField } from './fields.ts';
import { chunks, eachOutcome, WRITE_AT_ONCE } from './push/push.ts';
import { tasksLike } from './tasks.ts';

/** No action has this id: every task of an action is claimed. */
const NO_ACTION = '00000000-0000-0000-0000-000000000000';

interface Try {
  activity: DueActivity;
  record: Row;
}

/**
 * Chosen kinds of marketing activity to Salesforce as completed tasks (H2), each once: by External ID
 * where Task has the field, else by looking for what an earlier try made before making it again (N2).
 */
export async function pushActivities(
  deps: Deps,
  { connection, run }: CycleInput,
  signal: AbortSignal,
): Promise<{ created: number; failed: number }> {
  const own = deps.connection(connection);
  const { config, db } = own;
  const mappings = await readFieldMap(db);
  const byId = hasField('Task', config.externalIdField, mappings);
  const cycle = await startCycle(db, run);
  const startedAt = new Date();
  const counts = { created: 0, failed: 0 };
  const onceADay = config.activities.push.flatMap((one) => (one.onceADay ? [one.kind] : []));
  const goOn = () => {
    signal.throwIfAborted();
    stayInBudget(own);
  };
  await alone(db, 'write to Salesforce: activities', async () => {
    for (;;) {
      const due = await takeActivities(db, { onceADay, limit: WRITE_AT_ONCE });
      if (due.length === 0) return;
      goOn();
      const results = await push(own, due, byId);
      const settled = await settleActivities(db, results, async (tx, done) => {
        const step = { cycle, object: 'Task', operation: 'push new', startedAt } as const;
        await recordStep(tx, { ...step, status: 'done', ...done });
      });
      counts.created += settled.created;
      counts.failed += settled.failed;
    }
  });
  await keepUsage(own);
  return counts;
}

async function push(
  own: ConnectionDeps,
  due: readonly DueActivity[],
  byId: boolean,
): Promise<TaskResult[]> {
  const { config, db, salesforce } = own;
  const tries = due.map((activity) => ({
    activity,
    // A task moves with its person, who was converted or merged since an earlier try.
    record: activity.record
      ? { ...activity.record, WhoId: activity.sfdcId }
      : taskOf(activity, config.activities.push),
  }));
  const { serverTime } = await salesforce.firstPages([]);
  await keepTries(
    db,
    tries.map(({ activity: { id }, record }) => ({ id, record })),
    serverTime,
  );
  const how = { allowDuplicates: false };
  if (byId) {
    const field = config.externalIdField;
    const rows = tries.map(({ activity, record }) => ({ ...record, [field]: activity.id }));
    const outcomes = await eachOutcome(rows, (some) =>
      salesforce.upsert('Task', field, [...some], how),
    );
    return tries.map(({ activity }, index) => ({ activity, outcome: outcomes[index]! }));
  }
  const earlier = await madeBefore(own, tries);
  const missing = tries.filter(({ activity }) => !earlier.has(activity.id));
  const made: TaskResult[] = [];
  for (const some of chunks(missing)) {
    const outcomes: Outcome[] = await eachOutcome(some, (part) =>
      salesforce.create(
        'Task',
        part.map(({ record }) => record),
        how,
      ),
    );
    made.push(...some.map(({ activity }, index) => ({ activity, outcome: outcomes[index]! })));
  }
  const found = tries.flatMap(({ activity }): TaskResult[] => {
    const id = earlier.get(activity.id);
    return id === undefined ? [] : [{ activity, outcome: { ok: true, id } }];
  });
  return [...found, ...made];
}

/** Tasks of tries whose answers were lost, each given to one activity. */
async function madeBefore(
  { db, salesforce }: ConnectionDeps,
  tries: readonly Try[],
): Promise<Map<string, string>> {
  const again = tries.filter(({ activity }) => activity.triedAt !== null);
  const found = new Map<string, string>();
  if (again.length === 0) return found;
  const since = new Date(Math.min(...again.map(({ activity }) => activity.triedAt!.getTime())));
  const alike = await tasksLike(
    salesforce,
    again.map(({ record }) => record),
    since,
  );
  const all = [...new Set(alike.flat())];
  const taken = new Set([
    ...(await tasksOfActivities(db, all)),
    ...(await claimedTasks(db, NO_ACTION, all)),
  ]);
  for (const [index, { activity }] of again.entries()) {
    const id = alike[index]!.find((task) => !taken.has(task));
    if (id === undefined) continue;
    taken.add(id);
    found.set(activity.id, id);
  }
  return found;
}

function taskOf(
  { kind, sfdcId, day, attributes }: DueActivity,
  kinds: ConnectionDeps['config']['activities']['push'],
): Row {
  const template = kinds.find((one) => one.kind === kind)?.subject ?? kind;
  const Subject = taskSubject(template, attributes) || kind;
  return { WhoId: sfdcId, Subject, Status: 'Completed', ActivityDate: day };
}
