import type { PoolClient } from 'pg';
import {
  convertedLead,
  entityIsDeleted,
  invalidCrossReference,
  type SalesforceError,
  unableToLock,
} from '../errors.ts';
import type { Field, SObject } from '../schema.ts';
import { assignOwners } from './assignment-rules.ts';
import { unharmed } from './batch.ts';
import { afterSave, beforeSave, beginSave } from './behaviour.ts';
import { checkDuplicates } from './duplicate-rules.ts';
import { hasField } from './fields.ts';
import { lockAhead } from './lock-ahead.ts';
import { type LockedRows, lockRows } from './lock-rows.ts';
import { checkReferences, findParents } from './references.ts';
import { refuseUnshared } from './refuse-unshared.ts';
import { giveIds, insertRows, updateRows } from './rows.ts';
import { stampOf } from './stamp.ts';
import type { Draft, WriteContext } from './types.ts';
import { checkUnique, inOrderOfValues } from './unique.ts';
import { checkRules } from './validation-rules.ts';

/**
 * Inserts the drafts that pass every check; the others get their errors. Returns the unique fields
 * with a value that was taken.
 */
export async function insertDrafts(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  drafts: Draft[],
): Promise<Set<Field>> {
  await findParents(client, context, unharmed(drafts));
  await lockAhead(client, context, object, unharmed(drafts));
  for (const draft of unharmed(drafts)) stampNew(context, object, draft);
  await giveIds(client, object, unharmed(drafts));
  const save = await beginSave(client, object, 'insert', unharmed(drafts));
  await assignOwners(client, context, object, unharmed(drafts), 'insert');
  await beforeSave(client, context, save);
  await checkReferences(client, context, object, unharmed(drafts));
  await checkRules(client, context, object, unharmed(drafts), 'insert');
  await checkDuplicates(client, context, object, unharmed(drafts), 'insert');
  const taken = await checkUnique(client, object, unharmed(drafts));
  await insertRows(client, object, inOrderOfValues(object, unharmed(drafts)));
  await afterSave(client, context, save);
  return taken;
}

function stampNew({ org, session }: WriteContext, object: SObject, draft: Draft): void {
  const stamp = stampOf(org.now());
  const stamps = {
    CreatedDate: stamp,
    CreatedById: session.userId,
    LastModifiedDate: stamp,
    LastModifiedById: session.userId,
    SystemModstamp: stamp,
    OwnerId: draft.values.get('OwnerId') ?? session.userId,
  };
  for (const [name, value] of Object.entries(stamps))
    if (hasField(object, name)) draft.values.set(name, value);
}

/**
 * Updates the rows of the drafts that pass every check. Drafts of one and the same row are applied
 * one after the other.
 */
export async function updateDrafts(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  drafts: Draft[],
): Promise<void> {
  await lockAhead(client, context, object, unharmed(drafts));
  const ids = unharmed(drafts).map(({ id }) => id!);
  const locked = await lockRows(client, object, ids);
  for (const draft of unharmed(drafts)) {
    const refused = refusal(locked, draft.id!);
    if (refused !== null) draft.errors.push(refused);
  }
  await refuseUnshared(client, context, object, unharmed(drafts));
  for (const round of roundsOf(unharmed(drafts))) await updateOnce(client, context, object, round);
}

function refusal({ rows, unavailable }: LockedRows, id: string): SalesforceError | null {
  if (unavailable.has(id)) return unableToLock([id]);
  const row = rows.get(id);
  if (row === undefined) return invalidCrossReference(404);
  if (row.IsDeleted === true) return entityIsDeleted();
  return row.IsConverted === true ? convertedLead() : null;
}

function roundsOf(drafts: Draft[]): Draft[][] {
  const rounds: Draft[][] = [];
  const seen = new Map<string, number>();
  for (const draft of drafts) {
    const round = seen.get(draft.id!) ?? 0;
    seen.set(draft.id!, round + 1);
    rounds[round] ??= [];
    rounds[round].push(draft);
  }
  return rounds;
}

async function updateOnce(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  drafts: Draft[],
): Promise<void> {
  await findParents(client, context, drafts);
  const save = await beginSave(client, object, 'update', unharmed(drafts));
  await assignOwners(client, context, object, unharmed(drafts), 'update');
  await beforeSave(client, context, save);
  await checkReferences(client, context, object, unharmed(drafts));
  const stamp = stampOf(context.org.now());
  for (const draft of unharmed(drafts)) {
    if (hasField(object, 'LastModifiedDate')) draft.values.set('LastModifiedDate', stamp);
    if (hasField(object, 'LastModifiedById'))
      draft.values.set('LastModifiedById', context.session.userId);
    if (hasField(object, 'SystemModstamp')) draft.values.set('SystemModstamp', stamp);
  }
  await checkRules(client, context, object, unharmed(drafts), 'update');
  await checkDuplicates(client, context, object, unharmed(drafts), 'update');
  await checkUnique(client, object, unharmed(drafts));
  await updateRows(client, object, unharmed(drafts));
  await afterSave(client, context, save);
}
