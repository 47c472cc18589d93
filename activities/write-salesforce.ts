import { type Operation, recordStep, type StepCounts, startCycle } from '../src/ledger/cycles.ts';
import { readFieldMap } from '../src/ledger/fields.ts';
import { type RecordError, recordErrors, resolveErrors } from '../src/ledger/sync-errors.ts';
import { checkCondition, settleCreates, takeCreates } from '../src/marketing/create.ts';
import type { RecordCounts } from '../src/marketing/database.ts';
import { settleDeletes, takeDeletes } from '../src/marketing/deletions.ts';
import { preparePush, settlePush, takePush } from '../src/marketing/push.ts';
import type { Outcome } from '../src/salesforce/port.ts';
import { creationCondition } from '../src/sync/creation.ts';
import type { FieldMapping } from '../src/sync/field-map.ts';
import { objectSpec } from '../src/sync/objects.ts';
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

/** Step 4 of a cycle: local edits, new people and deletions of one object to Salesforce (N1, N2). */
export async function writeSalesforce(
  deps: Deps,
  { connection, object, run }: CycleObjectInput,
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

  const updates = await pushUpdates(own, object, mappings, recorder('push updates'));
  const creations = await pushNew(own, object, mappings, recorder('push new'));
  const deletions = await pushDeletes(own, object, recorder('push deletes'));
  return {
    updated: updates.updated,
    created: creations.created,
    deleted: deletions.deleted,
    failed: updates.failed + creations.failed + deletions.failed,
    conflicts: updates.conflicts,
  };
}

/** Read again right before the write, merged again with what moved, then written (trap 28). */
async function pushUpdates(
  { db, salesforce }: ConnectionDeps,
  object: string,
  mappings: readonly FieldMapping[],
  record: RecordCounts<StepCounts>,
): Promise<{ updated: number; failed: number; conflicts: number }> {
  const spec = objectSpec(object);
  const counts = { updated: 0, failed: 0, conflicts: 0 };
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    const window = await takePush(db, { spec, mappings, after, limit: READ_AT_ONCE });
    after = window.next;
    if (window.candidates.length === 0) continue;
    const ids = window.candidates.map(({ sfdcId }) => sfdcId);
    const rows = await salesforce.retrieve(object, ids, window.fields);
    const { pushes, conflicts } = await preparePush(db, { spec, mappings, rows }, record);
    counts.conflicts += conflicts;
    for (const some of chunks(pushes)) {
      const records = some.map(({ record }) => record);
      const outcomes = await salesforce.update(object, records, { allowDuplicates: false });
      const results = some.map((push, index) => ({ ...push, outcome: outcomes[index]! }));
      const { updated, failed } = await settlePush(db, { object, results }, record);
      counts.updated += updated;
      counts.failed += failed;
    }
  }
  return counts;
}

/** New people by External ID: a try whose answer was lost finds its own record again (N2, trap 18). */
async function pushNew(
  { config, db, salesforce }: ConnectionDeps,
  object: string,
  mappings: readonly FieldMapping[],
  record: RecordCounts<StepCounts>,
): Promise<{ created: number; failed: number }> {
  const counts = { created: 0, failed: 0 };
  const spec = objectSpec(object);
  const { defaults } = config.people;
  const field = config.externalIdField;
  const condition = creationCondition(config.people.createInSalesforce);
  if (!spec.createable || condition === false) return counts;
  if (!hasField(object, field, mappings)) {
    await recordErrors(db, object, 'push new', [externalIdMissing(object, field)]);
    return counts;
  }
  await resolveErrors(db, object, 'push new', [WHOLE_JOB]);
  if (condition !== null) await checkCondition(db, condition);
  for (;;) {
    const some = await takeCreates(db, {
      ...{ spec, mappings, condition, defaults },
      externalIdField: field,
      limit: WRITE_AT_ONCE,
    });
    if (some.length === 0) return counts;
    const records = some.map(({ record }) => record);
    const outcomes = await salesforce.upsert(object, field, records, { allowDuplicates: false });
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
  { db, salesforce }: ConnectionDeps,
  object: string,
  record: RecordCounts<StepCounts>,
): Promise<{ deleted: number; failed: number }> {
  const counts = { deleted: 0, failed: 0 };
  for (;;) {
    const some = await takeDeletes(db, { object, limit: WRITE_AT_ONCE });
    if (some.length === 0) return counts;
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
