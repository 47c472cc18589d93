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
import {
  type Begun,
  BYTES_OF_A_JOB,
  begin,
  complete,
  finishIngests,
  type Ingest,
  ROWS_OF_A_JOB,
} from './ingest.ts';
import { chunks, eachOutcome, type Push, type Recorder, turn } from './push.ts';

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
    await byBulk(push, bulk, { counts, settle, record });
  }
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    after = await turn(push, async () => {
      const window = await prepare(push, after, { counts, settle, record });
      await byCollections(push, window.pushes, settle);
      return window.next;
    });
  }
  return counts;
}

type Settle = (
  results: PushResult[],
  within?: Parameters<Ingest['settle']>[1] | undefined,
) => Promise<void>;

/** What the windows of a push share. */
interface Sink {
  counts: PushedUpdates;
  settle: Settle;
  record: Recorder;
}

/** Job by job, each in a turn of its own until it is kept; Salesforce's work on it holds up no action. */
async function byBulk(push: Push, bulk: Ingest, sink: Sink): Promise<void> {
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    const job = await turn(push, async () => {
      const filled = await fill(push, after, sink);
      after = filled.next;
      return beginWith(push, bulk, filled.pushes);
    });
    if (job === 'refused') return;
    if (job !== 'empty') await complete(push, job, bulk.settle);
  }
}

async function beginWith(
  push: Push,
  bulk: Ingest,
  prepared: readonly Prepared[],
): Promise<Begun | 'empty' | 'refused'> {
  if (prepared.length === 0) return 'empty';
  const pushes = await inParentOrder(push.db, prepared);
  const records = pushes.map(({ personId, sfdcId, pendingIds }) => ({
    ...{ key: sfdcId, personId, sfdcId, pendingIds },
  }));
  const rows = pushes.map(({ record }) => record);
  return (await begin(push, bulk, records, rows)) ?? 'refused';
}

/** Windows for one job: as many as fit it. */
async function fill(push: Push, from: string | null, sink: Sink): Promise<Window> {
  const waiting = new Map<string, Prepared>();
  let bytes = 0;
  for (let after = from; ; ) {
    const window = await prepare(push, after, sink);
    for (const one of window.pushes) {
      if (!fitsCsv(one.record)) continue;
      // A person may come again with a later edit, which covers the one before.
      waiting.set(one.personId, one);
      bytes += Buffer.byteLength(JSON.stringify(one.record));
    }
    after = window.next;
    const isFull = waiting.size > ROWS_OF_A_JOB - READ_AT_ONCE || bytes > BYTES_OF_A_JOB / 2;
    if (after === null || isFull) return { pushes: [...waiting.values()], next: after };
  }
}

interface Window {
  /** What each record has to get. */
  pushes: Prepared[];
  /** Where the next window begins; null when this is the last. */
  next: string | null;
}

async function prepare(
  { db, salesforce, object, mappings, goOn }: Push,
  after: string | null,
  { counts, settle, record }: Sink,
): Promise<Window> {
  const spec = objectSpec(object);
  const { next, candidates, fields } = await takePush(db, {
    ...{ spec, mappings, after, limit: READ_AT_ONCE },
  });
  if (candidates.length === 0) return { pushes: [], next };
  goOn();
  const ids = candidates.map(({ sfdcId }) => sfdcId);
  const rows = await salesforce.retrieve(object, ids, fields);
  const unseen = candidates.filter((_, index) => rows[index] === null);
  await settle(unseen.map((person) => ({ ...person, pendingIds: [], outcome: NOT_VISIBLE })));
  const { pushes, conflicts } = await preparePush(db, { spec, mappings, rows, fields }, record);
  counts.conflicts += conflicts;
  return { pushes, next };
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
