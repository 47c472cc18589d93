import type { ConnectionConfig } from '../src/config.ts';
import { leaveScope } from '../src/marketing/scope.ts';
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

/** The query of records that changed and that config leaves out; null where it leaves out none. */
export function leftQuery(
  { config }: Pick<ConnectionDeps, 'config'>,
  object: string,
  after: string | null,
): string | null {
  const { outside } = scopeIn(config, object);
  if (outside === null) return null;
  return pullQuery({ object, fields: ['Id'], where: outside, after, ordered: false });
}

/** Marks what a leftQuery found, to its last page. */
export async function markLeft(
  { db, salesforce }: ConnectionDeps,
  object: string,
  first: QueryPage | { error: Error },
): Promise<void> {
  if ('error' in first) throw first.error;
  for (let page = first; ; page = await salesforce.nextPage(page.next)) {
    await leaveScope(db, object, page.rows.map(idOf));
    if (page.next === null) return;
  }
}

/** Marks those of the records that config leaves out, and returns the others. */
export async function onlyInside(
  { config, db, salesforce }: ConnectionDeps,
  object: string,
  ids: readonly string[],
): Promise<string[]> {
  const { outside } = scopeIn(config, object);
  if (outside === null || ids.length === 0) return [...ids];
  const queries = [];
  for (let from = 0; from < ids.length; from += IDS_IN_A_QUERY) {
    const some = ids.slice(from, from + IDS_IN_A_QUERY).map((id) => `'${id}'`);
    const where = `Id IN (${some.join(',')}) AND ${outside}`;
    queries.push(pullQuery({ object, fields: ['Id'], where, ordered: false }));
  }
  const left = new Set<string>();
  for (const page of (await salesforce.firstPages(queries)).pages) {
    if ('error' in page) throw page.error;
    for (const row of page.rows) left.add(idOf(row));
  }
  await leaveScope(db, object, [...left]);
  return ids.filter((id) => !left.has(id));
}

const idOf = ({ Id }: Row) => String(Id);
