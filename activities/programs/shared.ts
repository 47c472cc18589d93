import { randomUUID } from 'node:crypto';
import { type Operation, recordStep, type StepCounts } from '../../src/ledger/cycles.ts';
import { writeStaged } from '../../src/marketing/apply.ts';
import type { RecordCounts } from '../../src/marketing/database.ts';
import { restage, stageRows } from '../../src/marketing/staging.ts';
import { SalesforceRejected } from '../../src/salesforce/errors.ts';
import type { Filter, Row } from '../../src/salesforce/port.ts';
import type { FieldMapping } from '../../src/sync/field-map.ts';
import { objectSpec } from '../../src/sync/objects.ts';
import type { CampaignStatus } from '../../src/sync/program-status.ts';
import type { ConnectionDeps } from '../deps.ts';
import { readFields } from '../fields.ts';

/** What the parts of the step share. */
export interface ProgramPush extends ConnectionDeps {
  mappings: readonly FieldMapping[];
  cycle: number;
  /** Id of the sync user. */
  userId: string;
  signal: AbortSignal;
  /** Before each call: is this attempt still wanted, and is there budget left (M1)? */
  goOn(): void;
}

/** Records a step's counts, where there are any (K2). */
export function recorder(
  { cycle }: Pick<ProgramPush, 'cycle'>,
  object: string,
  operation: Operation,
): RecordCounts<StepCounts> {
  const startedAt = new Date();
  return async (sql, counts) => {
    if (Object.values(counts).every((count) => count === 0)) return;
    await recordStep(sql, { cycle, object, operation, status: 'done', startedAt, ...counts });
  };
}

/**
 * Pulls what was just written, so that marketing shows it and nothing of it comes back as a change (N4).
 * The rows take the way of every pull.
 */
export async function pullBack(push: ProgramPush, object: string, where: Filter): Promise<void> {
  const { config, db, mappings, salesforce, goOn } = push;
  const fields = readFields(object, mappings, config.externalIdField);
  goOn();
  let rows: Row[];
  try {
    rows = await salesforce.select(object, fields, [where], { deleted: true });
  } catch (error) {
    // More fields than a URL holds (trap 12): the next cycle's pull brings them, and changes no member.
    if (error instanceof SalesforceRejected && error.code === 'URI_TOO_LONG') return;
    throw error;
  }
  const batch = randomUUID();
  const { remaining } = await restage(
    db,
    object,
    mappings,
    batch,
    (tx) => stageRows(tx, object, fields, rows),
    { retry: true },
  );
  if (remaining === 0) return;
  const spec = objectSpec(object);
  await writeStaged(db, { spec, mappings, batch, externalIdField: null, serverTime: null });
}

/** The member statuses that campaigns have right now, in their order; the pulled ones may be older. */
export async function liveStatuses(
  { salesforce, goOn }: Pick<ProgramPush, 'salesforce' | 'goOn'>,
  campaignIds: readonly string[],
): Promise<Map<string, CampaignStatus[]>> {
  goOn();
  const rows = await salesforce.select(
    'CampaignMemberStatus',
    ['Id', 'CampaignId', 'Label', 'SortOrder', 'IsDefault', 'HasResponded'],
    [{ field: 'CampaignId', in: campaignIds }],
  );
  const ordered = rows.toSorted((one, other) => Number(one.SortOrder) - Number(other.SortOrder));
  const byCampaign = Map.groupBy(ordered, ({ CampaignId }) => String(CampaignId));
  return new Map(
    [...byCampaign].map(([campaign, statuses]) => [
      campaign,
      statuses.map(({ Id, Label, IsDefault, HasResponded }) => ({
        id: String(Id),
        label: String(Label),
        isDefault: IsDefault === true,
        hasResponded: HasResponded === true,
      })),
    ]),
  );
}

/** What Salesforce said of a call's first failure; null when it took all. */
export function firstFailure<T extends { ok: boolean }>(
  outcomes: readonly T[],
): Extract<T, { ok: false }> | null {
  return (outcomes.find(({ ok }) => !ok) ?? null) as Extract<T, { ok: false }> | null;
}

export const NO_DUPLICATES = { allowDuplicates: false };
