import type { PoolClient } from 'pg';
import type { Behaviour, Save } from '../behaviour.ts';
import type { WriteContext } from '../types.ts';
import { refreshLastActivity } from './last-activity.ts';
import { distinct } from './rows-of.ts';
import { readWhoAndWhat } from './who-and-what.ts';

const PARENT_FIELDS = ['WhoId', 'WhatId', 'AccountId'];

/** Activities whose due date lies this many days back are archived, tasks only when closed. */
const ARCHIVED_AFTER_DAYS = 365;

/** Whether a row with this due date counts as long past. */
export function isLongPast(now: Date, day: string | null): boolean {
  if (day === null) return false;
  const limit = new Date(now.getTime() - ARCHIVED_AFTER_DAYS * 86_400_000);
  return day <= limit.toISOString().slice(0, 10);
}

/** What tasks and events have in common; `read` is what they do with their own fields. */
export function activity(
  object: 'Task' | 'Event',
  reads: string[],
  read: (client: PoolClient, context: WriteContext, save: Save) => Promise<void>,
): Behaviour {
  const refresh = async (client: PoolClient, context: WriteContext, ids: string[]) => {
    const { rows } = await client.query<Record<string, string | null>>(
      `SELECT ${PARENT_FIELDS.map((name) => `"${name}"`).join(', ')} FROM org."${object}" WHERE "Id" = ANY($1)`,
      [ids],
    );
    const parents = rows.flatMap((row) => PARENT_FIELDS.map((name) => row[name]));
    await refreshLastActivity(client, context, distinct(parents));
  };
  return {
    reads: [...PARENT_FIELDS, ...reads],
    async beforeSave(client, context, save) {
      await readWhoAndWhat(client, context, save);
      await read(client, context, save);
    },
    async afterSave(client, context, save) {
      const parents = save.drafts.flatMap(({ id, values }) =>
        PARENT_FIELDS.flatMap((name) => [values.get(name), save.before.get(id!)?.[name]]),
      );
      await refreshLastActivity(client, context, distinct(parents));
    },
    afterDelete: refresh,
    afterUndelete: refresh,
  };
}
