import { alone } from '../../src/marketing/lock.ts';
import { MEMBERS_UNKNOWN_THERE } from '../../src/marketing/programs/due.ts';
import {
  type DecidedMember,
  keepConflicts,
  type MemberChange,
  type MemberResult,
  programStatuses,
  settleMembers,
  takeMembers,
  withoutHeld,
} from '../../src/marketing/programs/members.ts';
import type { Filter, Outcome, Row } from '../../src/salesforce/port.ts';
import { decideMember, type MemberWrite } from '../../src/sync/program-member.ts';
import { pushNew } from '../push/creations.ts';
import { chunks, eachOutcome } from '../push/push.ts';
import { liveStatuses, NO_DUPLICATES, type ProgramPush, pullBack, recorder } from './shared.ts';

const OBJECT = 'CampaignMember';
/** Looked for at once; written 200 a call. */
const TAKE_AT_ONCE = 2_000;

/** Members whom Salesforce does not know are created there as leads first, by the way of all creations (E5). */
export async function createMembersAsLeads(push: ProgramPush): Promise<void> {
  const { config, db } = push;
  const people = { ...config.people, createInSalesforce: { when: MEMBERS_UNKNOWN_THERE } };
  const creation = { ...push, object: 'Lead', config: { ...config, people } };
  await alone(db, 'push: Lead', () => pushNew(creation, recorder(push, 'Lead', 'push new')));
}

/** A local change, what Salesforce has of it right now, and what becomes of it. */
interface Held extends DecidedMember {
  live: string | null;
}

/**
 * Local changes of members to Salesforce: read again right before the write, decided against what is there
 * (trap 28), 200 records a call, each with its own outcome (E3, E7, N3). A try whose answer was lost finds
 * the member there and adds no second one (N2).
 */
export async function pushMembers(push: ProgramPush): Promise<void> {
  const known = new Map<string, ReadonlySet<string>>();
  for (let after: MemberChange | null = null; ; ) {
    const members: MemberChange[] = await takeMembers(push.db, { after, limit: TAKE_AT_ONCE });
    if (members.length === 0) return;
    after = members.at(-1)!;
    await learnStatuses(push, members, known);
    const free = await withoutHeld(push.db, members);
    for (const some of chunks(free)) await pushSome(push, some, known);
  }
}

async function pushSome(
  push: ProgramPush,
  members: readonly MemberChange[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const { db } = push;
  const held = await decide(push, members);
  await keepConflicts(db, held, recorder(push, OBJECT, 'push updates'));
  const results: Done[] = [];
  for (const kind of ['none', 'remove', 'add', 'change'] as const) {
    const some = held.filter(({ decision }) => decision.write === kind);
    if (some.length > 0) results.push(...(await write(push, kind, some, known)));
  }
  const written = results.filter(
    ({ outcome, decision }) => outcome.ok && decision.write !== 'none',
  );
  const ids = written.flatMap(({ outcome, live }) => (outcome.ok && outcome.id) || live || []);
  if (ids.length > 0) await pullBack(push, OBJECT, { field: 'Id', in: ids });
  const { failed } = await settleMembers(db, results);
  const done = (kind: MemberWrite) =>
    written.filter(({ decision }) => decision.write === kind).length;
  const counts = {
    'push new': { new: done('add') },
    'push updates': { updated: done('change') },
    'push deletes': { deleted: done('remove') },
  };
  for (const [operation, count] of Object.entries(counts)) {
    const name = operation as keyof typeof counts;
    await recorder(push, OBJECT, name)(db, { ...count, failed: failed[name] });
  }
}

/** Salesforce gives a member of an unknown status the default one, without a word: so they are known first. */
async function learnStatuses(
  push: ProgramPush,
  members: readonly MemberChange[],
  known: Map<string, ReadonlySet<string>>,
): Promise<void> {
  const unknown = [...new Set(members.map(({ campaignId }) => campaignId))].filter(
    (id) => !known.has(id),
  );
  if (unknown.length === 0) return;
  const live = await liveStatuses(push, unknown);
  for (const id of unknown) known.set(id, new Set(live.get(id)?.map(({ label }) => label)));
}

async function decide(push: ProgramPush, members: readonly MemberChange[]): Promise<Held[]> {
  const { config, db, mappings } = push;
  const status = mappings.find(({ object, field }) => object === OBJECT && field === 'Status');
  const rule = status?.conflict ?? config.objects[OBJECT]!.conflict;
  const rows = await liveMembers(push, members);
  const statuses = await programStatuses(db, [...new Set(members.map((one) => one.programId))]);
  return members.map((member) => {
    const row = rows.get(`${member.campaignId}/${member.personSfdcId}`);
    const there = row !== undefined && row.IsDeleted !== true;
    const decision = decideMember({
      olds: member.olds,
      marketing: member.marketing,
      salesforce: there ? String(row.Status ?? '') : null,
      rule,
      times: { marketing: member.at, salesforce: String(row?.SystemModstamp ?? '') },
      statuses: statuses.get(member.programId) ?? [],
    });
    return { ...member, decision, live: there ? String(row.Id) : null };
  });
}

/** `campaign/person` → the campaign member; a deleted one only where there is no other. */
async function liveMembers(
  { salesforce, goOn }: ProgramPush,
  members: readonly MemberChange[],
): Promise<Map<string, Row>> {
  const people = members.flatMap(({ personSfdcId }) => personSfdcId ?? []);
  if (people.length === 0) return new Map();
  const of = (field: string, prefix: string): Filter[] => {
    const ids = people.filter((id) => id.startsWith(prefix));
    return ids.length > 0 ? [{ field, in: ids }] : [];
  };
  goOn();
  const rows = await salesforce.select(
    OBJECT,
    ['Id', 'CampaignId', 'LeadId', 'ContactId', 'Status', 'IsDeleted', 'SystemModstamp'],
    [
      { field: 'CampaignId', in: [...new Set(members.map(({ campaignId }) => campaignId))] },
      { anyOf: [...of('LeadId', '00Q'), ...of('ContactId', '003')] },
    ],
    { deleted: true },
  );
  const found = new Map<string, Row>();
  const latestLast = rows.toSorted(
    (one, other) =>
      Number(other.IsDeleted === true) - Number(one.IsDeleted === true) ||
      Date.parse(String(one.SystemModstamp)) - Date.parse(String(other.SystemModstamp)),
  );
  for (const row of latestLast) {
    for (const person of [row.LeadId, row.ContactId]) {
      if (person !== null) found.set(`${row.CampaignId}/${person}`, row);
    }
  }
  return found;
}

type Done = MemberResult & Pick<Held, 'live'>;

async function write(
  { salesforce, goOn }: ProgramPush,
  kind: MemberWrite,
  members: readonly Held[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Done[]> {
  if (kind === 'none') {
    return members.map((member) => ({ ...member, outcome: { ok: true, id: member.live } }));
  }
  const fits = ({ campaignId, decision }: Held) =>
    decision.status === null || known.get(campaignId)!.has(decision.status);
  const [good, bad] = [members.filter(fits), members.filter((member) => !fits(member))];
  const results: Done[] = bad.map((member) => ({ ...member, outcome: STATUS_UNKNOWN }));
  if (good.length === 0) return results;
  goOn();
  const outcomes: Outcome[] =
    kind === 'remove'
      ? await salesforce.delete(good.map(({ live }) => live!))
      : await eachOutcome(good, (part) =>
          kind === 'add'
            ? salesforce.create(OBJECT, part.map(newMember), NO_DUPLICATES)
            : salesforce.update(OBJECT, part.map(newStatus), NO_DUPLICATES),
        );
  for (const [index, member] of good.entries()) {
    const outcome = outcomes[index]!;
    const gone = kind === 'remove' && !outcome.ok && outcome.code === 'ENTITY_IS_DELETED';
    results.push({
      ...member,
      outcome:
        outcome.ok || gone ? { ok: true, id: kind === 'remove' ? null : outcome.id } : outcome,
    });
  }
  return results;
}

const newMember = ({ campaignId, personSfdcId, decision }: Held): Row => ({
  CampaignId: campaignId,
  [personSfdcId!.startsWith('003') ? 'ContactId' : 'LeadId']: personSfdcId,
  Status: decision.status,
});

const newStatus = ({ live, decision }: Held): Row => ({ Id: live, Status: decision.status });

const STATUS_UNKNOWN = {
  ok: false,
  code: 'STATUS_UNKNOWN',
  message:
    'The campaign has no such member status, and Salesforce would take its default in place of it. Add the status to the campaign.',
  fields: ['Status'],
} as const;
