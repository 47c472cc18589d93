import { dueEdits } from '../../src/marketing/due.ts';
import {
  inParentOrder,
  type Push as Prepared,
  type PushResult,
  preparePush,
  settlePush,
  takePush,
} from '../../src/marketing/push.ts';
import { fitsCsv } from '../../src/salesforce/csv.ts';
import { objectSpec } from '../../src/sync/objects.ts';
import { BYTES_OF_A_JOB, finishIngests, type Ingest, ingest, ROWS_OF_A_JOB } from './ingest.ts';
import { chunks, eachOutcome, type Push, type Recorder } from './push.ts';

/** Salesforce's bound on ids in one retrieve. */
const READ_AT_ONCE = 2_000;

export interface PushedUpdates {
  updated: number;
  failed: number;
  conflicts: number;
}

/**
 * Local edits to Salesforce: read again right before the write, merged again with what moved, then
 * written (trap 28). Many go by Bulk API (M2); what a job leaves goes by collections in the same run.
 */
export async function pushUpdates(push: Push, record: Recorder): Promise<PushedUpdates> {
  const { config, db, object } = push;
  const counts: PushedUpdates = { updated: 0, failed: 0, conflicts: 0 };
  const settle: Settle = async (results, within) => {
    if (results.length === 0 && within === undefined) return;
    const settled = await settlePush(db, { object, results }, async (tx, done) => {
      await within?.(tx);
      await record(tx, done);
    });
    counts.updated += settled.updated;
    counts.failed += settled.failed;
  };
  const bulk: Ingest = {
    ...({ operation: 'push updates', how: 'update', keyField: 'Id' } as const),
    settle: (results, drop) =>
      settle(
        results.map((result) => ({ ...result, sfdcId: result.key })),
        drop,
      ),
  };
  await finishIngests(push, bulk);
  if ((await dueEdits(db, object)) > config.bulk.writeThreshold) {
    await byBulk(push, bulk, counts, settle, record);
  }
  for await (const pushes of prepared(push, counts, settle, record)) {
    await byCollections(push, pushes, settle);
  }
  return counts;
}

type Settle = (
  results: PushResult[],
  within?: Parameters<Ingest['settle']>[1] | undefined,
) => Promise<void>;

async function byBulk(
  push: Push,
  bulk: Ingest,
  counts: PushedUpdates,
  settle: Settle,
  record: Recorder,
): Promise<void> {
  let waiting = new Map<string, Prepared>();
  let bytes = 0;
  const send = async (): Promise<boolean> => {
    if (waiting.size === 0) return true;
    const pushes = await inParentOrder(push.db, [...waiting.values()]);
    waiting = new Map();
    bytes = 0;
    const records = pushes.map(({ personId, sfdcId, pendingIds }) => ({
      ...{ key: sfdcId, personId, sfdcId, pendingIds },
    }));
    const rows = pushes.map(({ record }) => record);
    return ingest(push, bulk, records, rows);
  };
  for await (const pushes of prepared(push, counts, settle, record)) {
    for (const one of pushes) {
      if (!fitsCsv(one.record)) continue;
      // A person may come again with a later edit, which covers the one before.
      waiting.set(one.personId, one);
      bytes += Buffer.byteLength(JSON.stringify(one.record));
    }
    const full = waiting.size > ROWS_OF_A_JOB - READ_AT_ONCE || bytes > BYTES_OF_A_JOB / 2;
    if (full && !(await send())) return;
  }
  await send();
}

/** Window by window, what each record has to get. */
async function* prepared(
  { db, salesforce, object, mappings, goOn }: Push,
  counts: PushedUpdates,
  settle: Settle,
  record: Recorder,
): AsyncGenerator<Prepared[]> {
  const spec = objectSpec(object);
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    const window = await takePush(db, { spec, mappings, after, limit: READ_AT_ONCE });
    after = window.next;
    if (window.candidates.length === 0) continue;
    const ids = window.candidates.map(({ sfdcId }) => sfdcId);
    goOn();
    const rows = await salesforce.retrieve(object, ids, window.fields);
    const unseen = window.candidates.filter((_, index) => rows[index] === null);
    await settle(unseen.map((person) => ({ ...person, pendingIds: [], outcome: NOT_VISIBLE })));
    const { pushes, conflicts } = await preparePush(
      db,
      { spec, mappings, rows, fields: window.fields },
      record,
    );
    counts.conflicts += conflicts;
    yield pushes;
  }
}

async function byCollections(
  { salesforce, object, goOn }: Push,
  pushes: readonly Prepared[],
  settle: Settle,
): Promise<void> {
  for (const some of chunks(pushes)) {
    goOn();
    const outcomes = await eachOutcome(some, (part) => {
      const records = part.map(({ record }) => record);
      return salesforce.update(object, records, { allowDuplicates: false });
    });
    await settle(some.map((one, index) => ({ ...one, outcome: outcomes[index]! })));
  }
}

/** Neither pushed nor lost: it stands as an error (N1). When the pull says that it is deleted, that ends. */
const NOT_VISIBLE = {
  ok: false,
  code: 'NOT_VISIBLE',
  message:
    'Salesforce does not show this record to the sync user: it is deleted, or sharing hides it. The edit waits; share the record with the sync user.',
} as const;
