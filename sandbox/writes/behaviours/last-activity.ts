import type { PoolClient } from 'pg';
import type { WriteContext } from '../types.ts';
import { hasColumn } from './rows-of.ts';

/** Where activities of an object name it, and what else of theirs the object shows. */
const PARENTS: Record<string, readonly string[]> = {
  Account: ['AccountId', 'WhatId'],
  Campaign: ['WhatId'],
  Contact: ['WhoId'],
  Lead: ['WhoId'],
  Opportunity: ['WhatId'],
};

/**
 * Brings LastActivityDate of these leads, contacts, accounts, opportunities and campaigns up to date:
 * the latest due date of an event or of a closed task. No stamp moves. The rows are locked first, so
 * that no other writer's activity is missed.
 */
export async function refreshLastActivity(
  client: PoolClient,
  { org }: WriteContext,
  ids: string[],
): Promise<void> {
  const byObject = Map.groupBy(ids, (id) => org.schema.objectByPrefix(id.slice(0, 3))?.name ?? '');
  for (const name of Object.keys(PARENTS)) {
    const object = org.schema.object(name);
    const found = byObject.get(name);
    if (found === undefined || !hasColumn(object, 'LastActivityDate')) continue;
    await client.query(
      `SELECT FROM org."${name}" WHERE "Id" = ANY($1) ORDER BY "Id" FOR NO KEY UPDATE`,
      [found],
    );
    const flags = hasColumn(object, 'HasOpenActivity') ? openFlags() : '';
    await client.query(
      `UPDATE org."${name}" AS p SET "LastActivityDate" = latest.day${flags}
         FROM (SELECT "Id", greatest(${PARENTS[name]!.flatMap(latestSql).join(', ')}) AS day
                 FROM org."${name}" p WHERE "Id" = ANY($1)) latest
        WHERE p."Id" = latest."Id"${flags === '' ? ' AND p."LastActivityDate" IS DISTINCT FROM latest.day' : ''}`,
      [found],
    );
  }
}

const latestSql = (field: string) => [
  `(SELECT max("ActivityDate") FROM org."Task" a
     WHERE a."${field}" = p."Id" AND a."IsClosed" AND NOT a."IsDeleted")`,
  `(SELECT max("ActivityDate") FROM org."Event" a WHERE a."${field}" = p."Id" AND NOT a."IsDeleted")`,
];

const openFlags = () => {
  const open = `FROM org."Task" a WHERE a."WhatId" = p."Id" AND NOT a."IsClosed" AND NOT a."IsDeleted"`;
  return `,
    "HasOpenActivity" = EXISTS (SELECT ${open}) OR EXISTS (SELECT FROM org."Event" a
       WHERE a."WhatId" = p."Id" AND NOT a."IsDeleted" AND a."EndDateTime" >= now()),
    "HasOverdueTask" = EXISTS (SELECT ${open} AND a."ActivityDate" < current_date)`;
};
