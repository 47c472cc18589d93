import type { PoolClient } from 'pg';
import type { Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { WriteContext } from '../types.ts';
import { lockLines } from './hierarchy.ts';
import { hasColumn } from './rows-of.ts';

/** What a new member adds to its campaign's figures, in the order of ADDED's columns. */
const FIGURES = ['NumberOfLeads', 'NumberOfContacts', 'NumberOfResponses'];
const ADDED = `unnest($1::text[], $2::int[], $3::int[], $4::int[])
  AS added(id, "NumberOfLeads", "NumberOfContacts", "NumberOfResponses")`;

/**
 * Adds new members to the figures of their campaigns and of the hierarchies above. Counting all of a
 * campaign's members again would take longer with each batch of a load.
 */
export async function addMembers(client: PoolClient, { org }: WriteContext, { drafts }: Save) {
  const campaign = org.schema.object('Campaign');
  if (campaign === undefined) return;
  const groups = [...Map.groupBy(drafts, ({ values }) => values.get('CampaignId')!)];
  await lockLines(
    client,
    campaign,
    'ParentId',
    groups.map(([id]) => id),
  );
  const count = (field: string, none: string | null) =>
    groups.map(
      ([, group]) => group.filter(({ values }) => (values.get(field) ?? none) !== none).length,
    );
  const parameters = [
    groups.map(([id]) => id),
    count('LeadId', null),
    count('ContactId', null),
    count('HasResponded', 'false'),
    stampOf(org.now()),
  ];
  const add = (prefix: string, source: string) => {
    const sets = FIGURES.filter((name) => hasColumn(campaign, prefix + name)).map(
      (name) => `"${prefix}${name}" = coalesce(target."${prefix}${name}", 0) + source."${name}"`,
    );
    if (sets.length === 0) return;
    return client.query(
      `UPDATE org."Campaign" AS target SET ${sets.join(', ')}, "SystemModstamp" = $5
         FROM (${source}) source WHERE target."Id" = source.id`,
      parameters,
    );
  };
  await add('', `SELECT * FROM ${ADDED}`);
  await add(
    'Hierarchy',
    `SELECT id, ${FIGURES.map((name) => `sum("${name}") AS "${name}"`).join(', ')}
       FROM (WITH RECURSIVE line AS (
               SELECT id COLLATE "C" AS id, id AS origin, ${FIGURES.map((name) => `"${name}"`).join(', ')} FROM ${ADDED}
                UNION SELECT above."ParentId", origin, ${FIGURES.map((name) => `line."${name}"`).join(', ')}
                        FROM line JOIN org."Campaign" above ON above."Id" = line.id
                       WHERE above."ParentId" IS NOT NULL
             ) SELECT * FROM line) line GROUP BY id`,
  );
}
