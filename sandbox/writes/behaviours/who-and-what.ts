import type { PoolClient } from 'pg';
import { convertedLead } from '../../errors.ts';
import type { Save } from '../behaviour.ts';
import type { Draft, WriteContext } from '../types.ts';
import { whatWithLead } from './failures.ts';
import { distinct, rowsById, setValue, valueAfter } from './rows-of.ts';

const LEAD = '00Q';
const CONTACT = '003';
const ACCOUNT = '001';
const OPPORTUNITY = '006';

/** Checks whom and what activities are about, and finds the account they belong to. */
export async function readWhoAndWhat(client: PoolClient, context: WriteContext, save: Save) {
  const drafts = save.drafts.filter(
    ({ values }) => save.kind === 'insert' || values.has('WhoId') || values.has('WhatId'),
  );
  const about = (draft: Draft) => {
    const before = save.before.get(draft.id!);
    return { who: valueAfter(draft, before, 'WhoId'), what: valueAfter(draft, before, 'WhatId') };
  };
  for (const draft of drafts) {
    const { who, what } = about(draft);
    if (who?.startsWith(LEAD) && what !== null) draft.errors.push(whatWithLead());
  }
  const people = distinct(drafts.map((draft) => about(draft).who));
  const things = distinct(drafts.map((draft) => about(draft).what));
  const leads = await named(client, context, 'Lead', LEAD, people, 'IsConverted');
  const accounts = new Map([
    ...(await named(client, context, 'Contact', CONTACT, people, 'AccountId')),
    ...(await named(client, context, 'Opportunity', OPPORTUNITY, things, 'AccountId')),
  ]);
  for (const draft of drafts) {
    const { who, what } = about(draft);
    if (draft.values.has('WhoId') && leads.get(who ?? '') === 'true')
      draft.errors.push(convertedLead());
    const account = what?.startsWith(OPPORTUNITY) ? accounts.get(what) : accounts.get(who ?? '');
    setValue(save.object, draft, 'AccountId', what?.startsWith(ACCOUNT) ? what : (account ?? null));
  }
}

async function named(
  client: PoolClient,
  { org }: WriteContext,
  object: string,
  prefix: string,
  ids: string[],
  field: string,
): Promise<Map<string, string | null>> {
  const wanted = ids.filter((id) => id.startsWith(prefix));
  const rows = await rowsById(client, org, object, wanted, [field]);
  return new Map([...rows].map(([id, row]) => [id, row[field] ?? null]));
}
