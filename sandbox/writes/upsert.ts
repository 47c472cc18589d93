import type { PoolClient } from 'pg';
import {
  cannotInsert,
  duplicateExternalId,
  missingArgument,
  notFound,
  SalesforceError,
  severalMatches,
} from '../errors.ts';
import type { Field, SObject } from '../schema.ts';
import { type Outcome, RaceLost, runBatch, strike } from './batch.ts';
import { mayCreate } from './create.ts';
import { keyOf } from './fields.ts';
import { normaliseValue } from './normalise-value.ts';
import { readRecord } from './read-record.ts';
import { idsByKey } from './references.ts';
import { insertDrafts, updateDrafts } from './save-drafts.ts';
import type { Draft, RecordBody, RecordResult, SaveOptions, WriteContext } from './types.ts';
import { ownId, rawId, readUpdate, updateRefusal } from './update.ts';

export interface UpsertOptions extends SaveOptions {
  /** Records that match nothing fail with NOT_FOUND instead of being created. */
  updateOnly?: boolean;
}

/**
 * Creates or updates records of one object by the value of `key` in each body: an external id field,
 * or Id. Two bodies with one value both fail. Against a writer elsewhere that creates the same value
 * at the same time, the unique index decides and the loser becomes an update.
 */
export async function upsertRecords(
  context: WriteContext,
  object: SObject,
  key: Field,
  bodies: RecordBody[],
  options: UpsertOptions = {},
): Promise<RecordResult[]> {
  return runBatch(context, object, bodies.length, options, async (client, isStruck) => {
    const { creates, updates } = await sort(client, context, object, key, bodies, options);
    for (const drafts of [creates, updates]) strike(drafts, isStruck);
    await updateDrafts(client, context, object, updates);
    const taken = await insertDrafts(client, context, object, creates);
    if (taken.has(key)) throw new RaceLost();
    return [
      ...updates.map((draft): Outcome => ({ ...draft, created: false })),
      ...creates.map((draft): Outcome => ({ ...draft, created: true })),
    ];
  });
}

interface Sorted {
  creates: Draft[];
  updates: Draft[];
}

async function sort(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  key: Field,
  bodies: RecordBody[],
  { updateOnly = false }: UpsertOptions,
): Promise<Sorted> {
  const values = bodies.map((body) => keyValueIn(object, key, body));
  const texts = values.filter((value) => typeof value === 'string');
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(keyOf(key, text), (counts.get(keyOf(key, text)) ?? 0) + 1);
  const stored = key.type === 'id' ? null : await idsByKey(client, object, key, texts);
  const sorted: Sorted = { creates: [], updates: [] };
  for (const [index, body] of bodies.entries()) {
    const value = values[index] ?? null;
    const found = matches(key, value, counts, stored);
    if (found instanceof SalesforceError) {
      sorted.updates.push({ index, id: null, values: new Map(), parents: [], errors: [found] });
    } else if (found === null) {
      sorted.creates.push(readCreate(context, object, body, index, updateOnly));
    } else {
      sorted.updates.push(readMatch(context, object, key, { ...body, Id: found }, index));
    }
  }
  return sorted;
}

function keyValueIn(
  object: SObject,
  key: Field,
  body: RecordBody,
): string | null | SalesforceError {
  if (key.type === 'id') {
    const id = rawId(body);
    return id === '' ? null : (ownId(object, id) ?? id);
  }
  const name = Object.keys(body).find((one) => one.toLowerCase() === key.name.toLowerCase());
  try {
    const value = normaliseValue(key, name === undefined ? null : body[name]);
    return value ?? missingArgument(`${key.name} not specified`, [key.name]);
  } catch (error) {
    if (error instanceof SalesforceError) return error;
    throw error;
  }
}

/** The id of the row that matches, null when there is none. */
function matches(
  key: Field,
  value: string | null | SalesforceError,
  counts: Map<string, number>,
  stored: Map<string, string[]> | null,
): string | null | SalesforceError {
  if (value === null || value instanceof SalesforceError) return value;
  if (stored === null) return value;
  if (counts.get(keyOf(key, value))! > 1) return duplicateExternalId(value, key.name);
  const ids = stored.get(keyOf(key, value)) ?? [];
  return ids.length > 1 ? severalMatches(key.name, ids) : (ids[0] ?? null);
}

function readCreate(
  context: WriteContext,
  object: SObject,
  body: RecordBody,
  index: number,
  updateOnly: boolean,
): Draft {
  const draft = readRecord(context, object, body, 'create', index);
  if (!mayCreate(context, object)) draft.errors.unshift(cannotInsert(object.label));
  if (updateOnly) draft.errors = [notFound()];
  return draft;
}

/** The key need not be writable to find a row by it, so it is left out of what is written. */
function readMatch(
  context: WriteContext,
  object: SObject,
  key: Field,
  body: RecordBody,
  index: number,
): Draft {
  const rest = Object.entries(body).filter(
    ([name]) => key.type === 'id' || name.toLowerCase() !== key.name.toLowerCase(),
  );
  const draft = readUpdate(context, object, Object.fromEntries(rest), index);
  const refused = updateRefusal(context, object);
  if (refused !== null) draft.errors.unshift(refused);
  return draft;
}
