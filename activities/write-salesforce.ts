import { type Operation, recordStep, type StepCounts, startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { type RecordError, recordErrors, resolveErrors } from '../src/ledger/sync-errors.ts';
import {
  type Creation,
  checkCondition,
  settleCreates,
  takeCreates,
} from '../src/marketing/create.ts';
import type { RecordCounts } from '../src/marketing/database.ts';
import { settleDeletes, takeDeletes } from '../src/marketing/deletions.ts';
import { alone } from '../src/marketing/lock.ts';
import { type PushResult, preparePush, settlePush, takePush } from '../src/marketing/push.ts';
import { SalesforceRejected } from '../src/salesforce/errors.ts';
import type { Outcome } from '../src/salesforce/port.ts';
import { creationCondition } from '../src/sync/creation.ts';
import type { FieldMapping } from '../src/sync/field-map.ts';
import { objectSpec } from '../src/sync/objects.ts';
import { keepUsage, stayInBudget } from './budget.ts';
import type { ConnectionDeps, CycleObjectInput, Deps } from './deps.ts';
import { hasField } from './fields.ts';

/** Salesforce's bounds: ids in one retrieve, records in one write (trap 20). */
const READ_AT_ONCE = 2_000;
const WRITE_AT_ONCE = 200;

export interface Pushed {
  updated: number;
  created: number;
  deleted: number;
  failed: number;
  conflicts: number;
}

/** What the parts of this step share. */
interface Push extends ConnectionDeps {
  object: string;
  mappings: readonly FieldMapping[];
  /** Before each call: is this attempt still wanted, and is there budget left (M1)? */
  goOn(): void;
}

/**
 * Step 4 of a cycle: local edits, new people and deletions of one object to Salesforce (N1, N2). One
 * attempt at a time: one that was given up and still runs would write older values over newer ones.
 */
export async function writeSalesforce(
  deps: Deps,
  { connection, object, run }: CycleObjectInput,
  signal: AbortSignal,
): Promise<Pushed> {
  const own = deps.connection(connection);
  const mappings = await readFieldMap(own.db);
  const cycle = await startCycle(own.db, run);
  const recorder = (operation: Operation): RecordCounts<StepCounts> => {
    const startedAt = new Date();
    return async (sql, counts) => {
      if (Object.values(counts).every((count) => count === 0)) return;
      await recordStep(sql, { cycle, object, operation, status: 'done', startedAt, ...counts });
    };
  };
  const goOn = () => {
    signal.throwIfAborted();
    stayInBudget(own);
  };
  const push: Push = { ...own, object, mappings, goOn };
  const pushed = await alone(own.db, `write to Salesforce: ${object}`, async () => {
    const updates = await pushUpdates(push, recorder('push updates'));
    const deletions = await pushDeletes(push, recorder('push deletes'));
    // Last, for the one that config can spoil: a condition that PostgreSQL refuses (C5).
    const creations = await pushNew(push, recorder('push new'));
    return {
      updated: updates.updated,
      created: creations.created,
      deleted: deletions.deleted,
      failed: updates.failed + creations.failed + deletions.failed,
      conflicts: updates.conflicts,
    };
  });
  await keepUsage(own);
  return pushed;
}

/** Read again right before the write, merged again with what moved, then written (trap 28). */
async function pushUpdates(
  { db, salesforce, object, mappings, goOn }: Push,
  record: RecordCounts<StepCounts>,
): Promise<{ updated: number; failed: number; conflicts: number }> {
  const spec = objectSpec(object);
  const counts = { updated: 0, failed: 0, conflicts: 0 };
  const settle = async (results: PushResult[]): Promise<void> => {
    if (results.length === 0) return;
    const { updated, failed } = await settlePush(db, { object, results }, record);
    counts.updated += updated;
    counts.failed += failed;
  };
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    const window = await takePush(db, { spec, mappings, after, limit: READ_AT_ONCE });
    after = window.next;
    if (window.candidates.length === 0) continue;
    const ids = window.candidates.map(({ sfdcId }) => sfdcId);
    goOn();
    const rows = await salesforce.retrieve(object, ids, window.fields);
    const unseen = window.candidates.filter((_, index) => rows[index] === null);
    await settle(unseen.map((person) => ({ ...person, pendingIds: [], outcome: NOT_VISIBLE })));
    const { pushes, conflicts } = await preparePush(db, { spec, mappings, rows }, record);
    counts.conflicts += conflicts;
    for (const some of chunks(pushes)) {
      goOn();
      const outcomes = await eachOutcome(some, (part) => {
        const records = part.map(({ record }) => record);
        return salesforce.update(object, records, { allowDuplicates: false });
      });
      await settle(some.map((push, index) => ({ ...push, outcome: outcomes[index]! })));
    }
  }
  return counts;
}

/** Neither pushed nor lost: it stands as an error (N1). When the pull says that it is deleted, that ends. */
const NOT_VISIBLE = {
  ok: false,
  code: 'NOT_VISIBLE',
  message:
    'Salesforce does not show this record to the sync user: it is deleted, or sharing hides it. The edit waits; share the record with the sync user.',
} as const;

/**
 * Salesforce refuses a whole call for one value that it cannot read, such as a date out of its range:
 * the call is halved until that record stands alone (N3).
 */
async function eachOutcome<T>(
  items: readonly T[],
  send: (part: readonly T[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  try {
    return await send(items);
  } catch (error) {
    if (!(error instanceof SalesforceRejected) || error.code !== 'JSON_PARSER_ERROR') throw error;
    const { code, message } = error;
    if (items.length === 1) return [{ ok: false, id: null, code, message, fields: [] }];
    const middle = items.length >> 1;
    const left = await eachOutcome(items.slice(0, middle), send);
    return [...left, ...(await eachOutcome(items.slice(middle), send))];
  }
}

/** New people by External ID: a try whose answer was lost finds its own record again (N2, trap 18). */
async function pushNew(
  { config, db, salesforce, object, mappings, goOn }: Push,
  record: RecordCounts<StepCounts>,
): Promise<{ created: number; failed: number }> {
  const counts = { created: 0, failed: 0 };
  const spec = objectSpec(object);
  const { defaults } = config.people;
  const externalIdField = config.externalIdField;
  const condition = creationCondition(config.people.createInSalesforce);
  if (!spec.createable || condition === false) return counts;
  if (!hasField(object, externalIdField, mappings)) {
    await recordErrors(db, object, 'push new', [externalIdMissing(object, externalIdField)]);
    return counts;
  }
  await resolveErrors(db, object, 'push new', [WHOLE_JOB]);
  if (condition !== null) await checkCondition(db, condition);
  const people = { spec, mappings, condition, defaults, externalIdField, limit: WRITE_AT_ONCE };
  for (let after: string | null = null; ; ) {
    const some: Creation[] = await takeCreates(db, { ...people, after });
    if (some.length === 0) return counts;
    after = some.at(-1)!.personId;
    goOn();
    const outcomes = await eachOutcome(some, (part) => {
      const records = part.map(({ record }) => record);
      return salesforce.upsert(object, externalIdField, records, { allowDuplicates: false });
    });
    const results = some.map(({ personId }, index) => ({ personId, outcome: outcomes[index]! }));
    const settled = { spec, mappings, results };
    const { created, failed } = await settleCreates(db, settled, (tx, { created, failed }) =>
      record(tx, { new: created, failed }),
    );
    counts.created += created;
    counts.failed += failed;
  }
}

/** The `record` of an error that concerns all records alike (K3). */
const WHOLE_JOB = '';

/** Without the field a lost answer would double the person: so nothing is created (N2). */
function externalIdMissing(object: string, field: string): RecordError {
  return {
    record: WHOLE_JOB,
    personId: null,
    sfdcId: null,
    code: 'EXTERNAL_ID_MISSING',
    message:
      `People are not created in Salesforce: ${object} has no field ${field} that the sync user sees. ` +
      'Make it there (text, 36 characters, unique, External ID), grant access to it, then run `tandem resume`.',
    fields: [field],
  };
}

async function pushDeletes(
  { db, salesforce, object, goOn }: Push,
  record: RecordCounts<StepCounts>,
): Promise<{ deleted: number; failed: number }> {
  const counts = { deleted: 0, failed: 0 };
  for (;;) {
    const some = await takeDeletes(db, { object, limit: WRITE_AT_ONCE });
    if (some.length === 0) return counts;
    goOn();
    const outcomes: Outcome[] = await salesforce.delete(some.map(({ sfdcId }) => sfdcId));
    const results = some.map((deletion, index) => ({ ...deletion, outcome: outcomes[index]! }));
    const { deleted, failed } = await settleDeletes(db, { object, results }, record);
    counts.deleted += deleted;
    counts.failed += failed;
  }
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += WRITE_AT_ONCE) {
    yield items.slice(start, start + WRITE_AT_ONCE);
  }
}
