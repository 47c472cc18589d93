import type { PoolClient } from 'pg';
import {
  convertedLead,
  entityIsDeleted,
  idOfIncorrectType,
  insufficientAccess,
  invalidCrossReference,
  malformedId,
  SalesforceError,
  unableToLock,
} from '../errors.ts';
import type { SObject } from '../schema.ts';
import { writeRefusals } from '../sharing.ts';
import { tableSql } from '../storage.ts';
import { oneByOne, runWhole } from './batch.ts';
import { discardRows } from './delete.ts';
import { idOfRightShape } from './id-shape.ts';
import { lockPeople } from './lock-people.ts';
import { lockRows } from './lock-rows.ts';
import { giveChildren, refuseLoops } from './merge-children.ts';
import * as failures from './merge-failures.ts';
import { updateDrafts } from './save-drafts.ts';
import type { Draft, RecordBody, WriteContext } from './types.ts';
import { rawId, readUpdate } from './update.ts';

/** Salesforce's MergeRequest. */
export interface MergeRequest {
  /** The record that stays: its `Id`, and fields that are to have other values (null empties them). */
  masterRecord: RecordBody;
  /** One or two records of the same object, which go. */
  recordToMergeIds: string[];
}

export interface MergeResult {
  id: string | null;
  mergedRecordIds: string[];
  /** Rows that have another parent now. */
  updatedRelatedIds: string[];
  success: boolean;
  errors: SalesforceError[];
}

const MOST = 200;
const MOST_LOSERS = 2;

/**
 * Merges leads, contacts or accounts, each request in a transaction of its own. Results stand in the
 * order of the requests. Throws EXCEEDED_ID_LIMIT for more than 200.
 */
export async function mergeRecords(
  context: WriteContext,
  requests: MergeRequest[],
): Promise<MergeResult[]> {
  return oneByOne(requests, MOST, (request) => mergeOne(context, request));
}

async function mergeOne(context: WriteContext, request: MergeRequest): Promise<MergeResult> {
  const refused = (errors: SalesforceError[]): MergeResult => ({
    id: idOfRightShape(rawId(request.masterRecord)),
    mergedRecordIds: [],
    updatedRelatedIds: [],
    success: false,
    errors,
  });
  let merge: Merge;
  try {
    merge = readRequest(context, request);
  } catch (error) {
    if (error instanceof SalesforceError) return refused([error]);
    throw error;
  }
  let moved: string[] = [];
  const { object, masterId, loserIds } = merge;
  const { success, errors } = await runWhole(
    context,
    object,
    () => readUpdate(context, object, { ...request.masterRecord, Id: masterId }, 0),
    async (client, inner, draft) => {
      moved = await carryOut(client, inner, merge, draft);
    },
  );
  if (!success) return refused(errors);
  return {
    id: masterId,
    mergedRecordIds: loserIds,
    updatedRelatedIds: moved,
    success: true,
    errors: [],
  };
}

interface Merge {
  object: SObject;
  masterId: string;
  loserIds: string[];
}

function readRequest({ org, session }: WriteContext, request: MergeRequest): Merge {
  const given = rawId(request.masterRecord);
  const masterId = idOfRightShape(given);
  if (masterId === null) throw malformedId(given);
  const object = org.schema.objectByPrefix(masterId.slice(0, 3));
  if (object === undefined) throw invalidCrossReference();
  if (!object.mergeable) throw failures.notMergeable(object.name);
  const loserIds = request.recordToMergeIds.map((text) => {
    const id = idOfRightShape(text);
    if (id === null) throw malformedId(text);
    if (!id.startsWith(object.keyPrefix!))
      throw idOfIncorrectType(`${object.label} ID`, 'recordToMergeIds', text);
    return id;
  });
  if (loserIds.length === 0) throw failures.nothingToMerge();
  if (loserIds.length > MOST_LOSERS) throw failures.tooManyToMerge();
  if (new Set([masterId, ...loserIds]).size <= loserIds.length) throw failures.mergedWithItself();
  const { access } = session;
  if (!access.canEdit(object.name) || !access.canDelete(object.name)) throw insufficientAccess();
  return { object, masterId, loserIds };
}

/** Returns the ids of what the losers had and the master has now. */
async function carryOut(
  client: PoolClient,
  context: WriteContext,
  { object, masterId, loserIds }: Merge,
  draft: Draft,
): Promise<string[]> {
  await lockPeople(client, context, [masterId, ...loserIds]);
  const { rows, unavailable } = await lockRows(client, object, [masterId, ...loserIds]);
  for (const id of [masterId, ...loserIds]) {
    const row = rows.get(id);
    if (unavailable.has(id)) throw unableToLock([id]);
    if (row === undefined) throw invalidCrossReference();
    if (row.IsDeleted === true) throw entityIsDeleted(400);
    if (row.IsConverted === true) throw convertedLead();
  }
  const { session, org } = context;
  const unshared = await writeRefusals(client, session, org, object, [masterId, ...loserIds]);
  for (const error of unshared.values()) throw error;
  const moved = await giveChildren(client, context, object, masterId, loserIds);
  await client.query(`UPDATE ${tableSql(object)} SET "MasterRecordId" = $1 WHERE "Id" = ANY($2)`, [
    masterId,
    loserIds,
  ]);
  await discardRows(client, context, object, loserIds);
  await updateDrafts(client, context, object, [draft]);
  await refuseLoops(client, object, masterId);
  return moved;
}
