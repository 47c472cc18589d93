import { followPulled } from '../../src/marketing/programs/pulled.ts';
import { type Gone, markGone, takeOverRows } from '../../src/marketing/take-over.ts';
import { settleUnions } from '../../src/marketing/unions.ts';
import * as soql from '../../src/salesforce/soql.ts';
import { objectSpec } from '../../src/sync/objects.ts';
import { hasField, readFields } from '../fields.ts';
import type { ActionContext } from './context.ts';

/**
 * Reads records of an object again and writes them to marketing by the way of a pull: so that people
 * show at once what an action did, and the next cycle finds nothing new in it (N4). An object that is
 * not synced is passed by.
 */
export async function takeOver(
  context: ActionContext,
  object: string,
  ids: readonly string[],
): Promise<void> {
  const { config, db, salesforce, mappings } = context;
  if (ids.length === 0 || !mappings.some((mapping) => mapping.object === object)) return;
  const spec = objectSpec(object);
  const fields = readFields(object, mappings, config.externalIdField);
  context.goOn();
  const rows = await salesforce.retrieve(object, [...ids], fields);
  const externalIdField = hasField(object, config.externalIdField, mappings)
    ? config.externalIdField
    : null;
  const shown = rows.filter((row) => row !== null);
  await takeOverRows(db, { spec, mappings, externalIdField, fields, rows: shown });
  const hidden = ids.filter((_, index) => rows[index] === null);
  if (hidden.length > 0) await markGone(db, spec, await deletedOf(context, object, hidden));
  if (spec.table === 'person') await settleUnions(db, [...mappings]);
  if (object === 'CampaignMember') await followPulled(db);
}

/** Those among the ids that Salesforce has in its recycle bin. */
async function deletedOf(
  { salesforce, goOn }: ActionContext,
  object: string,
  ids: readonly string[],
): Promise<Gone[]> {
  const master = ['Lead', 'Contact', 'Account'].includes(object) ? ['MasterRecordId'] : [];
  const fields = ['Id', 'SystemModstamp', ...master];
  const among = `Id IN (${ids.map(soql.id).join(',')})`;
  goOn();
  const { pages } = await salesforce.firstPages([
    soql.select(object, fields, ['IsDeleted = true', among]),
  ]);
  const page = pages[0]!;
  if ('error' in page) throw page.error;
  return page.rows.map((row) => ({
    sfdcId: String(row.Id),
    masterId: row.MasterRecordId ? String(row.MasterRecordId) : null,
    modstamp: String(row.SystemModstamp),
  }));
}
