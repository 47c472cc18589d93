import type { ConnectionConfig } from '../src/config.ts';
import { wantRereads } from '../src/ledger/rereads.ts';
import { insideHere, leaveScope, unconvertedHere } from '../src/marketing/scope.ts';
import type { QueryPage, Row } from '../src/salesforce/port.ts';
import { objectSpec } from '../src/sync/objects.ts';
import { pullQuery } from '../src/sync/pull-query.ts';
import { type Scope, scopeOf } from '../src/sync/scope.ts';
import type { ConnectionDeps } from './deps.ts';

/** Ids in one query's condition, so that it fits a URL; five queries are one call. */
const IDS_IN_A_QUERY = 400;

/** Which records of the object are synced, by the catalogue and by tandem.yaml as it is now (C12). */
export function scopeIn({ objects }: Pick<ConnectionConfig, 'objects'>, object: string): Scope {
  return scopeOf(objectSpec(object).where, objects[object]?.where ?? null);
}

/**
 * A lead's conversion often is what takes it out of config's condition: it is read all the same, so that it
 * becomes one person with its contact (C10). Null for objects that are not converted.
 */
function convertedField(object: string): string | null {
  return 'IsConverted' in objectSpec(object).columns ? 'IsConverted' : null;
}

/** Condition of a pull's rows: a record that lost what holds it is read too, to lose it here as well (H1). */
export function pulledWhere(
  { config }: Pick<ConnectionDeps, 'config'>,
  object: string,
): string | null {
  const { heldBy, where } = objectSpec(object);
  return scopeOf(heldBy === null ? where : null, config.objects[object]?.where ?? null).inside;
}

/**
 * The query of all records that changed, whether config leaves them out or not; null where it leaves out
 * none, and for a pull from the beginning, before which all count as left out (keepScope).
 */
export function changedQuery(
  { config }: Pick<ConnectionDeps, 'config'>,
  object: string,
  after: string | null,
): string | null {
  const { own, limited } = scopeIn(config, object);
  if (!limited || after === null || Date.parse(after) <= 0) return null;
  const converted = convertedField(object);
  const fields = ['Id', ...(converted ? [converted] : [])];
  return pullQuery({ object, fields, where: own, after, ordered: false });
}

/**
 * Marks those of a changedQuery's records that are here and that config leaves out, to its last page. Leads
 * that were converted are to be read again instead (C10).
 */
export async function markLeft(
  own: ConnectionDeps,
  object: string,
  first: QueryPage | { error: Error },
): Promise<void> {
  if ('error' in first) throw first.error;
  const converted = convertedField(object);
  for (let page = first; ; page = await own.salesforce.nextPage(page.next)) {
    if (converted !== null) {
      const leads = page.rows.filter((row) => row[converted] === true).map(idOf);
      await wantRereads(own.db, object, await unconvertedHere(own.db, leads));
    }
    await onlyInside(own, object, await insideHere(own.db, object, page.rows.map(idOf)));
    if (page.next === null) return;
  }
}

/**
 * Marks those of the records that config leaves out, and returns the others, with those that Salesforce
 * does not have. What is left out is told by being among all and not among those inside: what NOT makes of
 * a condition over empty fields is not documented.
 */
export async function onlyInside(
  { config, db, salesforce }: ConnectionDeps,
  object: string,
  ids: readonly string[],
): Promise<string[]> {
  const { inside, own, limited } = scopeIn(config, object);
  if (!limited || ids.length === 0) return [...ids];
  const chunks = Array.from({ length: Math.ceil(ids.length / IDS_IN_A_QUERY) }, (_, index) =>
    ids.slice(index * IDS_IN_A_QUERY, (index + 1) * IDS_IN_A_QUERY),
  );
  const among = async (condition: string | null) => {
    const queries = chunks.map((some) => {
      const chosen = `Id IN (${some.map((id) => `'${id}'`).join(',')})`;
      const where = condition === null ? chosen : `${chosen} AND (${condition})`;
      return pullQuery({ object, fields: ['Id'], where, ordered: false });
    });
    const found = new Set<string>();
    for (const page of (await salesforce.firstPages(queries)).pages) {
      if ('error' in page) throw page.error;
      for (const row of page.rows) found.add(idOf(row));
    }
    return found;
  };
  const all = await among(own);
  const converted = convertedField(object);
  const kept = await among(converted ? `(${inside}) OR ${converted} = true` : inside);
  const left = new Set([...all].filter((id) => !kept.has(id)));
  await leaveScope(db, object, [...left]);
  return ids.filter((id) => !left.has(id));
}

const idOf = ({ Id }: Row) => String(Id);
