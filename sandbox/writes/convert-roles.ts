import type { PoolClient } from 'pg';
import { insertDrafts } from './save-drafts.ts';
import type { Draft, WriteContext } from './types.ts';

/** Gives a contact a role in an opportunity, unless it has one: the primary one where there is none yet. */
export async function primaryRole(
  client: PoolClient,
  context: WriteContext,
  opportunityId: string,
  contactId: string,
): Promise<void> {
  const object = context.org.schema.object('OpportunityContactRole');
  if (object === undefined) return;
  const { rows } = await client.query<{ ContactId: string; IsPrimary: boolean }>(
    `SELECT "ContactId", "IsPrimary" FROM org."OpportunityContactRole"
      WHERE "OpportunityId" = $1 AND NOT "IsDeleted"`,
    [opportunityId],
  );
  if (rows.some((role) => role.ContactId === contactId)) return;
  const draft: Draft = {
    index: 0,
    id: null,
    values: new Map([
      ['OpportunityId', opportunityId],
      ['ContactId', contactId],
      ['IsPrimary', String(!rows.some((role) => role.IsPrimary))],
    ]),
    parents: [],
    errors: [],
  };
  await insertDrafts(client, context, object, [draft]);
  if (draft.errors[0] !== undefined) throw draft.errors[0];
}
