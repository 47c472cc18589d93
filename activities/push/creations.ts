import { type RecordError, recordErrors, resolveErrors } from '../../src/ledger/sync-errors.ts';
import {
  type CreateResult,
  checkCondition,
  settleCreates,
  takeCreates,
} from '../../src/marketing/create.ts';
import type { Sql } from '../../src/marketing/database.ts';
import { dueCreations } from '../../src/marketing/due.ts';
import { fitsCsv } from '../../src/salesforce/csv.ts';
import { creationCondition } from '../../src/sync/creation.ts';
import { isPushed } from '../../src/sync/field-map.ts';
import { objectSpec } from '../../src/sync/objects.ts';
import { hasField } from '../fields.ts';
import { begin, complete, finishIngests, type Ingest, ROWS_OF_A_JOB } from './ingest.ts';
import { eachOutcome, type Push, type Recorder, turn, WRITE_AT_ONCE } from './push.ts';

/** New people by External ID: a try whose answer was lost finds its own record again (N2, trap 18). */
export async function pushNew(
  push: Push,
  record: Recorder,
): Promise<{ created: number; failed: number }> {
  const { config, db, salesforce, object, mappings, goOn } = push;
  const counts = { created: 0, failed: 0 };
  const spec = objectSpec(object);
  const { defaults } = config.people;
  const externalIdField = config.externalIdField;
  const settle = async (
    results: CreateResult[],
    within?: (sql: Sql) => Promise<void>,
  ): Promise<void> => {
    const settled = await settleCreates(db, { spec, mappings, results }, async (tx, done) => {
      await within?.(tx);
      await record(tx, { new: done.created, failed: done.failed });
    });
    counts.created += settled.created;
    counts.failed += settled.failed;
  };
  const bulk: Ingest = {
    ...{ operation: 'push new', how: { upsertBy: externalIdField }, keyField: externalIdField },
    settle: (results, drop) => settle(results, drop),
  };
  await finishIngests(push, bulk);
  const condition = creationCondition(config.people.createInSalesforce);
  if (!spec.createable || condition === false) return counts;
  if (!hasField(object, externalIdField, mappings)) {
    await recordErrors(db, object, 'push new', [externalIdMissing(object, externalIdField)]);
    return counts;
  }
  await resolveErrors(db, object, 'push new', [WHOLE_JOB]);
  if (condition !== null) await checkCondition(db, condition);
  const people = { spec, mappings, condition, defaults, externalIdField };
  const pushed = mappings.filter((mapping) => mapping.object === object && isPushed(mapping));
  if ((await dueCreations(db, object, condition, pushed)) > config.bulk.writeThreshold) {
    for (let after: string | null = null; ; ) {
      const job = await turn(push, async () => {
        const some = await takeCreates(db, { ...people, after, limit: ROWS_OF_A_JOB });
        after = some.at(-1)?.personId ?? null;
        const fitting = some.filter((one) => fitsCsv(one.record));
        const records = fitting.map(({ personId }) => ({
          ...{ key: personId, personId, sfdcId: null, pendingIds: [] },
        }));
        const rows = fitting.map((one) => one.record);
        return rows.length > 0 ? begin(push, bulk, records, rows) : null;
      });
      if (job === null) break;
      await complete(push, job, bulk.settle);
    }
  }
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    after = await turn(push, async () => {
      const some = await takeCreates(db, { ...people, after, limit: WRITE_AT_ONCE });
      if (some.length === 0) return null;
      goOn();
      const outcomes = await eachOutcome(some, (part) => {
        const records = part.map((one) => one.record);
        return salesforce.upsert(object, externalIdField, records, { allowDuplicates: false });
      });
      await settle(some.map(({ personId }, index) => ({ personId, outcome: outcomes[index]! })));
      return some.at(-1)!.personId;
    });
  }
  return counts;
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
      'Run `tandem setup` with an administrator, or make it there (text, 36 characters, unique, External ID) and grant access to it; then run `tandem resume`.',
    fields: [field],
  };
}
