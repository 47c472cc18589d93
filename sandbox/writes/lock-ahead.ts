import type { PoolClient } from 'pg';
import type { SObject } from '../schema.ts';
import { quote, tableSql } from '../storage.ts';
import { lockLines } from './behaviours/hierarchy.ts';
import { hasColumn } from './behaviours/rows-of.ts';
import type { Doomed } from './descendants.ts';
import { type LockedRows, lockRows } from './lock-rows.ts';
import type { Draft, WriteContext } from './types.ts';

/**
 * Rows that others roll up to are locked before anything else, in this order of objects and by id:
 * writers that meet in the same parents then wait for each other in line, never in a circle.
 */
const ORDER = ['Campaign', 'Account', 'Contact', 'Lead', 'Opportunity'];

interface RollUp {
  /** Lookups to the rows that are brought up to date. */
  to: readonly string[];
  /** Fields that what is rolled up follows from; an update that names none locks nothing. */
  by: readonly string[];
}

const OF_ACTIVITY = ['WhoId', 'WhatId', 'AccountId'];
const MEMBER_LOOKUPS = ['LeadId', 'ContactId'];

const ROLL_UPS: Record<string, RollUp | undefined> = {
  CampaignMember: { to: ['CampaignId'], by: ['CampaignId', ...MEMBER_LOOKUPS, 'Status'] },
  CampaignMemberStatus: { to: ['CampaignId'], by: ['Label', 'HasResponded', 'IsDefault'] },
  Opportunity: { to: ['CampaignId'], by: ['CampaignId', 'Amount', 'StageName'] },
  OpportunityContactRole: { to: ['OpportunityId'], by: ['ContactId', 'IsPrimary'] },
  Task: { to: OF_ACTIVITY, by: [...OF_ACTIVITY, 'Status', 'ActivityDate'] },
  Event: {
    to: OF_ACTIVITY,
    by: [...OF_ACTIVITY, 'ActivityDate', 'ActivityDateTime', 'StartDateTime', 'EndDateTime'],
  },
};

/** Objects whose rows stand above each other: a row that moves holds the lines it leaves and joins. */
const LINES: Record<string, string | undefined> = {
  Account: 'ParentId',
  Campaign: 'ParentId',
  Contact: 'ReportsToId',
};

/** Ids to lock by object, and whether that object's rows will be written. */
type Wanted = Map<string, { ids: Set<string>; written: boolean }>;

/** Locks what drafts refer to and roll up to; see ORDER. Drafts with an id are updates. */
export async function lockAhead(
  client: PoolClient,
  { org }: WriteContext,
  object: SObject,
  drafts: Draft[],
): Promise<void> {
  const wanted: Wanted = new Map();
  const want = (id: string | null | undefined, written: boolean) => {
    const name = id ? org.schema.objectByPrefix(id.slice(0, 3))?.name : undefined;
    if (id && name !== undefined) add(wanted, name, id, written);
  };
  const rollUp = ROLL_UPS[object.name];
  const owned = object.fields.filter(
    ({ onDelete, type }) => type === 'reference' && onDelete === 'Cascade',
  );
  for (const { values } of drafts) {
    for (const field of owned) want(values.get(field.name), false);
    for (const name of rollUp?.to ?? []) want(values.get(name), true);
  }
  const rolled = drafts.filter(
    ({ id, values }) => id !== null && rollUp?.by.some((name) => values.has(name)),
  );
  for (const id of await referredTo(
    client,
    object,
    rolled.map(({ id }) => id!),
  ))
    want(id, true);
  if (rollUp?.to === OF_ACTIVITY)
    for (const id of await accountsOf(client, org.schema.object.bind(org.schema), wanted))
      want(id, true);
  const line = LINES[object.name];
  const moves = drafts.filter(({ values }) => line !== undefined && values.has(line));
  for (const { id, values } of moves) for (const one of [id, values.get(line!)]) want(one, true);
  if (object.name === 'Campaign') for (const { id } of drafts) want(id, true);
  const isMoved = object.name === 'Campaign' && moves.some(({ id }) => id !== null);
  await holdHierarchy(client, wanted, isMoved);
  await lock(client, org.schema.object.bind(org.schema), wanted, object.name);
}

/**
 * Locks rows of one object that are about to go, or to come back, and what they and the rows that go
 * along (`all`) roll up to. Only rows asked for can be unavailable one by one.
 */
export async function lockWithAhead(
  client: PoolClient,
  { org }: WriteContext,
  object: SObject,
  ids: string[],
  all: Pick<Doomed, 'object' | 'id'>[],
): Promise<LockedRows> {
  const wanted: Wanted = new Map();
  for (const [child, group] of Map.groupBy(all, (row) => row.object)) {
    const own = group.map(({ id }) => id);
    if (ORDER.includes(child.name)) for (const id of own) add(wanted, child.name, id, true);
    for (const id of await referredTo(client, child, own))
      add(wanted, org.schema.objectByPrefix(id.slice(0, 3))?.name ?? '', id, true);
  }
  await holdHierarchy(client, wanted, object.name === 'Campaign');
  for (const id of ids) wanted.get(object.name)?.ids.delete(id);
  const place = ORDER.indexOf(object.name);
  const objectOf = org.schema.object.bind(org.schema);
  await lock(client, objectOf, wanted, null, place === -1 ? ORDER : ORDER.slice(0, place));
  const locked = await lockRows(client, object, ids);
  if (place !== -1) await lock(client, objectOf, wanted, null, ORDER.slice(place));
  return locked;
}

/** Locks these rows, by object, which are all to be written; those of other objects than ORDER's are left out. */
export async function lockInOrder(
  client: PoolClient,
  { org }: WriteContext,
  ids: Record<string, string[]>,
): Promise<void> {
  const wanted: Wanted = new Map();
  for (const [name, own] of Object.entries(ids)) for (const id of own) add(wanted, name, id, true);
  await lock(client, org.schema.object.bind(org.schema), wanted, null);
}

function add(wanted: Wanted, name: string, id: string, written: boolean): void {
  const entry = wanted.get(name) ?? { ids: new Set(), written: false };
  entry.ids.add(id);
  entry.written ||= written;
  wanted.set(name, entry);
}

/** The accounts that activities about these contacts and opportunities will belong to. */
async function accountsOf(
  client: PoolClient,
  objectOf: (name: string) => SObject | undefined,
  wanted: Wanted,
): Promise<string[]> {
  const accounts: string[] = [];
  for (const name of ['Contact', 'Opportunity']) {
    const [object, ids] = [objectOf(name), wanted.get(name)?.ids];
    if (ids === undefined || !hasColumn(object, 'AccountId')) continue;
    const { rows } = await client.query<{ id: string }>(
      `SELECT DISTINCT "AccountId" AS id FROM ${tableSql(object)}
        WHERE "Id" = ANY($1) AND "AccountId" IS NOT NULL`,
      [[...ids]],
    );
    accounts.push(...rows.map(({ id }) => id));
  }
  return accounts;
}

/** Ids that stored rows hold in the lookups they roll up by. */
async function referredTo(client: PoolClient, object: SObject, ids: string[]): Promise<string[]> {
  const to = (ROLL_UPS[object.name]?.to ?? []).filter((name) => hasColumn(object, name));
  if (ids.length === 0 || to.length === 0) return [];
  const { rows } = await client.query<{ id: string }>(
    `SELECT DISTINCT parent AS id FROM ${tableSql(object)}
      CROSS JOIN LATERAL (VALUES ${to.map((name) => `(${quote(name)})`).join(', ')}) one(parent)
      WHERE "Id" = ANY($1) AND parent IS NOT NULL`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/**
 * Who moves campaigns waits for all who lock lines of campaigns, and they for them: the lines stay as
 * they are until the transactions that lock them end.
 */
async function holdHierarchy(client: PoolClient, wanted: Wanted, isMoved: boolean): Promise<void> {
  if (!isMoved && wanted.get('Campaign')?.written !== true) return;
  const lock = isMoved ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  await client.query(`SELECT ${lock}(hashtext('Campaign.ParentId'))`);
}

/** `mover`: the object whose own lines are wanted whole; campaigns always are, as they sum up. */
async function lock(
  client: PoolClient,
  objectOf: (name: string) => SObject | undefined,
  wanted: Wanted,
  mover: string | null,
  order = ORDER,
): Promise<void> {
  for (const name of order) {
    const [object, entry] = [objectOf(name), wanted.get(name)];
    if (object === undefined || entry === undefined || entry.ids.size === 0) continue;
    const ids = [...entry.ids];
    if (entry.written && (name === 'Campaign' || name === mover))
      await lockLines(client, object, LINES[name]!, ids);
    else
      await client.query(
        `SELECT FROM ${tableSql(object)} WHERE "Id" = ANY($1)
          ORDER BY "Id" FOR ${entry.written ? 'NO KEY UPDATE' : 'SHARE'}`,
        [ids],
      );
  }
}
