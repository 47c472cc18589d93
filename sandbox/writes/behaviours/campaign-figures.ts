import type { PoolClient } from 'pg';
import { stampOf } from '../stamp.ts';
import type { WriteContext } from '../types.ts';
import { lockLines } from './hierarchy.ts';
import { hasColumn } from './rows-of.ts';

/**
 * Figures of a campaign over its members: a converted lead stays among the leads and is a contact
 * too. `m` is a live member.
 */
const OF_MEMBERS = {
  NumberOfLeads: `count(*) FILTER (WHERE m."LeadId" IS NOT NULL)`,
  NumberOfConvertedLeads: `count(*) FILTER (WHERE m."LeadId" IS NOT NULL AND m."ContactId" IS NOT NULL)`,
  NumberOfContacts: `count(*) FILTER (WHERE m."ContactId" IS NOT NULL)`,
  NumberOfResponses: `count(*) FILTER (WHERE m."HasResponded")`,
};

/** Figures over the opportunities that name the campaign as their source; `o` is a live one. */
const OF_OPPORTUNITIES = {
  NumberOfOpportunities: `count(*)`,
  NumberOfWonOpportunities: `count(*) FILTER (WHERE o."IsWon")`,
  AmountAllOpportunities: `coalesce(sum(o."Amount"), 0)`,
  AmountWonOpportunities: `coalesce(sum(o."Amount") FILTER (WHERE o."IsWon"), 0)`,
};

export const FIGURES = [...Object.keys(OF_MEMBERS), ...Object.keys(OF_OPPORTUNITIES)];

/** What people type into one campaign and Salesforce adds up over the hierarchy. */
const TYPED = ['ActualCost', 'BudgetedCost', 'ExpectedRevenue', 'NumberSent'];

/** Fields that hold sums over a campaign and all below it, by what they sum. */
const HIERARCHY = new Map([...FIGURES, ...TYPED].map((name) => [name, `Hierarchy${name}`]));

export const HIERARCHY_FIGURES = [...HIERARCHY.values()];
export const SUMMED_FIELDS = TYPED;

/** Locks campaigns and all above them, as counting them does. */
export async function lockCampaigns(client: PoolClient, { org }: WriteContext, ids: string[]) {
  const campaign = org.schema.object('Campaign');
  if (campaign !== undefined) await lockLines(client, campaign, 'ParentId', ids);
}

/**
 * Counts members and opportunities of these campaigns again, and adds up the hierarchies above them.
 * The rows are locked before anything is counted, so that no writer's rows are missed. Moves
 * SystemModstamp of what changes, not LastModifiedDate.
 */
export async function countCampaigns(
  client: PoolClient,
  { org }: WriteContext,
  ids: string[],
): Promise<void> {
  const campaign = org.schema.object('Campaign');
  if (campaign === undefined || ids.length === 0) return;
  const line = await lockLines(client, campaign, 'ParentId', ids);
  const stamp = stampOf(org.now());
  const exprs = { ...select(OF_MEMBERS, 'member'), ...select(OF_OPPORTUNITIES, 'opportunity') };
  const own = Object.keys(exprs).filter((name) => hasColumn(campaign, name));
  await client.query(
    updateWhereDifferent(
      own,
      `SELECT c."Id", ${own.map((name) => `${exprs[name]} AS "${name}"`).join(', ')}
         FROM org."Campaign" c
        CROSS JOIN LATERAL (SELECT ${aliased(OF_MEMBERS)} FROM org."CampaignMember" m
                             WHERE m."CampaignId" = c."Id" AND NOT m."IsDeleted") member
        CROSS JOIN LATERAL (SELECT ${aliased(OF_OPPORTUNITIES)} FROM org."Opportunity" o
                             WHERE o."CampaignId" = c."Id" AND NOT o."IsDeleted") opportunity
        WHERE c."Id" = ANY($1)`,
    ),
    [ids, stamp],
  );
  await sumHierarchies(client, line, stamp, (name) => hasColumn(campaign, name));
}

const aliased = (figures: Record<string, string>) =>
  Object.entries(figures)
    .map(([name, sql]) => `${sql} AS "${name}"`)
    .join(', ');

const select = (figures: Record<string, string>, from: string): Record<string, string> =>
  Object.fromEntries(Object.keys(figures).map((name) => [name, `${from}."${name}"`]));

async function sumHierarchies(
  client: PoolClient,
  ids: string[],
  stamp: string,
  isColumn: (name: string) => boolean,
) {
  const sums = [...HIERARCHY].filter(([part, sum]) => isColumn(part) && isColumn(sum));
  if (sums.length === 0) return;
  await client.query(
    updateWhereDifferent(
      sums.map(([, sum]) => sum),
      `SELECT root AS "Id", ${sums.map(([part, sum]) => `coalesce(sum(c."${part}"), 0) AS "${sum}"`).join(', ')}
         FROM (WITH RECURSIVE tree AS (
                 SELECT "Id" AS root, "Id" FROM org."Campaign" WHERE "Id" = ANY($1)
                  UNION SELECT tree.root, below."Id"
                          FROM tree JOIN org."Campaign" below
                            ON below."ParentId" = tree."Id" AND NOT below."IsDeleted"
               ) SELECT * FROM tree) tree
         JOIN org."Campaign" c ON c."Id" = tree."Id"
        GROUP BY root`,
    ),
    [ids, stamp],
  );
}

/** $2 is the stamp of the rows that change. */
const updateWhereDifferent = (columns: string[], source: string) =>
  `UPDATE org."Campaign" AS target
      SET ${columns.map((name) => `"${name}" = source."${name}"`).join(', ')}, "SystemModstamp" = $2
     FROM (${source}) source
    WHERE target."Id" = source."Id"
      AND (${columns.map((name) => `target."${name}" IS DISTINCT FROM source."${name}"`).join(' OR ')})`;
