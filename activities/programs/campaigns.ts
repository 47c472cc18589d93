import {
  type DueProgram,
  duePrograms,
  type ProgramResult,
  settlePrograms,
} from '../../src/marketing/programs/campaign-fields.ts';
import type { Outcome, Row } from '../../src/salesforce/port.ts';
import { lackingStatuses } from '../../src/sync/program-status.ts';
import { normalise, toSalesforce } from '../../src/sync/value.ts';
import { hasField } from '../fields.ts';
import { eachOutcome, WRITE_AT_ONCE } from '../push/push.ts';
import {
  firstFailure,
  liveStatuses,
  NO_DUPLICATES,
  type ProgramPush,
  pullBack,
  recorder,
} from './shared.ts';

/** The channel to Campaign.Type, the period costs summed to ActualCost (E2): field → its type and value. */
const FIELDS = {
  channel: { field: 'Type', type: 'picklist', of: ({ channel }: DueProgram) => channel },
  cost: { field: 'ActualCost', type: 'currency', of: ({ cost }: DueProgram) => cost },
} as const;

/** Campaigns get what changed of their programs, where it differs (E2), and the statuses that they lack (B). */
export async function pushCampaigns(push: ProgramPush): Promise<void> {
  const { db, mappings, salesforce, goOn } = push;
  const due = await duePrograms(db, WRITE_AT_ONCE);
  if (due.length === 0) return;
  const ids = due.map(({ campaignId }) => campaignId);
  goOn();
  const live = await salesforce.retrieve('Campaign', ids, [
    'Id',
    ...parts(push).flatMap(({ field }) => (hasField('Campaign', field, mappings) ? field : [])),
  ]);
  const outcomes = new Map<string, ProgramResult['outcome']>(
    due.map((program, index) => [
      program.programId,
      live[index] ? hiddenField(push, program) : NOT_VISIBLE,
    ]),
  );
  const writes = due.flatMap((program, index) => {
    const record = live[index] ? differences(push, program, live[index]) : null;
    return record === null ? [] : [{ program, record }];
  });
  if (writes.length > 0) {
    goOn();
    const written: Outcome[] = await eachOutcome(writes, (part) =>
      salesforce.update(
        'Campaign',
        part.map(({ record }) => record),
        NO_DUPLICATES,
      ),
    );
    for (const [index, outcome] of written.entries()) {
      if (!outcome.ok) outcomes.set(writes[index]!.program.programId, outcome);
    }
    const updated = written.filter(({ ok }) => ok).length;
    await recorder(push, 'Campaign', 'push updates')(db, { updated });
    const changed = writes.map(({ record }) => String(record.Id));
    await pullBack(push, 'Campaign', { field: 'Id', in: changed });
  }
  await addStatuses(
    push,
    due.filter(({ what }, index) => what.includes('statuses') && live[index]),
    outcomes,
  );
  const results = due.map((program) => ({ ...program, outcome: outcomes.get(program.programId)! }));
  await settlePrograms(db, results, recorder(push, 'Campaign', 'push updates'));
}

const NOT_VISIBLE = {
  ok: false,
  code: 'NOT_VISIBLE',
  message: 'Salesforce does not show this campaign to the sync user. Share it with the sync user.',
  fields: [],
} as const;

/** The parts that tandem.yaml does not leave out. */
function parts({ config }: ProgramPush) {
  return Object.entries(FIELDS).flatMap(([part, one]) => {
    const way = config.objects.Campaign?.fields[one.field]?.way ?? 'push';
    return way === 'off' || way === 'pull' ? [] : [{ part, ...one }];
  });
}

/** A field that is due and that the sync user does not see is told, and holds up nothing else (L2, N3). */
function hiddenField(push: ProgramPush, { what }: DueProgram): ProgramResult['outcome'] {
  const hidden = parts(push).find(
    ({ part, field }) =>
      what.some((due) => due === part) && !hasField('Campaign', field, push.mappings),
  );
  if (hidden === undefined) return { ok: true };
  return {
    ok: false,
    code: 'FIELD_NOT_VISIBLE',
    message: `The sync user does not see Campaign.${hidden.field}, so the program’s ${hidden.part} does not get there. Grant access to the field, or switch it off in tandem.yaml.`,
    fields: [hidden.field],
  };
}

/** Id and the fields of which Salesforce has another value; null for none. */
function differences(push: ProgramPush, program: DueProgram, live: Row): Row | null {
  const record: Row = {};
  for (const { part, field, type, of } of parts(push)) {
    if (!program.what.some((due) => due === part)) continue;
    if (!hasField('Campaign', field, push.mappings)) continue;
    const value = of(program);
    if (normalise(type, live[field]) !== normalise(type, value)) {
      record[field] = toSalesforce(type, value);
    }
  }
  return Object.keys(record).length > 0 ? { Id: program.campaignId, ...record } : null;
}

async function addStatuses(
  push: ProgramPush,
  programs: readonly DueProgram[],
  outcomes: Map<string, ProgramResult['outcome']>,
): Promise<void> {
  if (programs.length === 0) return;
  const ids = programs.map(({ campaignId }) => campaignId);
  const live = await liveStatuses(push, ids);
  let added = 0;
  for (const { programId, campaignId, statuses } of programs) {
    const lacking = lackingStatuses(statuses, live.get(campaignId) ?? []);
    if (lacking.length === 0) continue;
    push.goOn();
    const rows = lacking.map((status) => ({ CampaignId: campaignId, ...status }));
    const made = await push.salesforce.create('CampaignMemberStatus', rows, NO_DUPLICATES);
    const failure = firstFailure(made);
    if (failure !== null) outcomes.set(programId, failure);
    added += made.filter(({ ok }) => ok).length;
  }
  if (added === 0) return;
  await recorder(push, 'CampaignMemberStatus', 'push new')(push.db, { new: added });
  await pullBack(push, 'CampaignMemberStatus', { field: 'CampaignId', in: ids });
}
