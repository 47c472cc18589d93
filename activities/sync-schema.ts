import { createHash } from 'node:crypto';
import type { ConnectionConfig } from '../src/config.ts';
import { waitingBackfills, wantFormulas } from '../src/ledger/backfills.ts';
import { pinOrg } from '../src/ledger/connection.ts';
import { readKnownFields } from '../src/ledger/fields.ts';
import { unfinishedLoads } from '../src/ledger/loads.ts';
import { type Notice, recordNotices } from '../src/ledger/notices.ts';
import { keepPicklists } from '../src/ledger/picklists.ts';
import { cyclesBegan, keepSchemaState, readSchemaState } from '../src/ledger/schema-state.ts';
import type { Sql } from '../src/marketing/database.ts';
import { keepPersonLinks } from '../src/marketing/person-links.ts';
import { type Growth, growSchema, heldColumns } from '../src/marketing/schema-growth.ts';
import { keepScope } from '../src/marketing/scope.ts';
import { settleUnions } from '../src/marketing/unions.ts';
import { columnOf, type FieldMapping, isPulled, mapObjects } from '../src/sync/field-map.ts';
import { chosenObjects } from '../src/sync/objects.ts';
import { keepUsage } from './budget.ts';
import { admitCustomObjects, type Described } from './custom-objects.ts';
import type { Deps } from './deps.ts';

export interface Prepared {
  orgId: string;
  /** Whether objects wait for the initial load. */
  load: boolean;
  /** Objects to be filled in the background, while cycles go on (A7); absent in older histories. */
  background?: string[];
}

/** Logs in, refuses another org (L3), and fits both schemas to what the sync user sees (J1, L2). */
export async function prepareConnection(
  deps: Deps,
  { connection }: { connection: string },
): Promise<Prepared> {
  const own = deps.connection(connection);
  const { config, db, salesforce } = own;
  const { orgId, userId } = await salesforce.identity();
  await pinOrg(db, { name: connection, orgId, userId, onDelete: config.people.onDelete });
  const { schemaSeen } = await readSchemaState(db);
  // Asked before the describes: what changes meanwhile shows the next time.
  const changed = await salesforce.schemaChange(schemaSeen);
  const described = await Promise.all(
    chosenObjects(config.objects).map(async (spec) => ({
      spec,
      describe: await salesforce.describe(spec.name),
    })),
  );
  const seen = described.flatMap(({ spec, describe }) => (describe ? [{ spec, describe }] : []));
  const { admitted: visible, paths } = await admitCustomObjects(db, salesforce, seen);
  const columns = await heldColumns(
    db,
    visible.map(({ spec }) => spec.name),
  );
  const mappings = mapObjects(visible, config, await readKnownFields(db), columns);
  await growSchema(db, mappings, (tx, growth) => tellChanges(tx, visible, mappings, growth));
  for (const { spec } of visible) {
    await keepScope(db, spec.name, config.objects[spec.name]?.where ?? null);
  }
  await keepPersonLinks(db, mappings, paths);
  await settleUnions(db, mappings);
  await wantFormulas(db, config.formulaRefreshMs);
  await keepSchemaState(db, {
    settingsDigest: settingsDigest(config),
    schemaSeen: changed ?? schemaSeen,
  });
  await keepUsage(own);
  const began = await cyclesBegan(db);
  const load = !began && (await unfinishedLoads(db)).length > 0;
  return { orgId, load, background: began ? await lacking(db) : [] };
}

/** Tells two states of the settings apart on which the field map depends. */
export function settingsDigest({ objects, externalIdField }: ConnectionConfig): string {
  return createHash('sha256')
    .update(JSON.stringify([objects, externalIdField]))
    .digest('hex');
}

/** Objects with rows or old values that are not here yet. */
async function lacking(sql: Sql): Promise<string[]> {
  const waiting = [...(await unfinishedLoads(sql)), ...(await waitingBackfills(sql))];
  return [...new Set(waiting.map(({ object }) => object))];
}

async function tellChanges(
  sql: Sql,
  visible: readonly Described[],
  mappings: readonly FieldMapping[],
  { fresh, gone }: Growth,
): Promise<void> {
  const values = await keepPicklists(
    sql,
    visible.flatMap(({ spec, describe }) =>
      describe.fields
        .filter(({ picklistValues }) => picklistValues.length > 0)
        .map(({ name, picklistValues }) => ({
          object: spec.name,
          field: name,
          values: picklistValues.filter(({ active }) => active).map(({ value }) => value),
        })),
    ),
  );
  const shown = new Set(visible.map(({ spec }) => spec.name));
  const lost = gone.filter(({ object }) => !shown.has(object)).map(({ object }) => object);
  const back = wholeObjects(mappings, fresh);
  const notices: Notice[] = [
    ...[...back].map((object): Notice => {
      const message = `${object} is synced again; its old values are fetched in the background`;
      return { object, field: null, kind: 'new field', message };
    }),
    ...fresh
      .filter(({ object }) => !back.has(object))
      .map(({ object, field, why }): Notice => {
        const column = columnOf(mappings, object, field);
        return why === 'moved'
          ? {
              ...{ object, field, kind: 'new column' },
              message: `${object}.${field} goes to the column ${column} from now on; the one before stays as it is`,
            }
          : {
              ...{ object, field, kind: 'new field' },
              message: `${object}.${field} is synced to the column ${column}; its old values are fetched in the background`,
            };
      }),
    ...[...new Set(lost)].map((object): Notice => {
      const message = `${object} is hidden or switched off: it is synced no more, its table and data stay`;
      return { object, field: null, kind: 'lost field', message };
    }),
    ...gone
      .filter(({ object }) => shown.has(object))
      .map(({ object, field }): Notice => {
        const message = `${object}.${field} is deleted, hidden or switched off: it is synced no more, its column and data stay`;
        return { object, field, kind: 'lost field', message };
      }),
    ...values.map(({ object, field, value }): Notice => {
      const message = `${object}.${field} has the new value "${value}"`;
      return { object, field, kind: 'picklist value', message };
    }),
  ];
  await recordNotices(sql, notices);
}

/** Objects that came back as a whole: one notice says it. */
function wholeObjects(mappings: readonly FieldMapping[], fresh: Growth['fresh']): Set<string> {
  const back = new Set(fresh.filter(({ why }) => why === 'visible').map(({ object }) => object));
  const came = new Set(fresh.map(({ object, field }) => `${object}.${field}`));
  for (const mapping of mappings) {
    const { object, field } = mapping;
    if (field !== 'Id' && isPulled(mapping) && !came.has(`${object}.${field}`)) back.delete(object);
  }
  return back;
}
