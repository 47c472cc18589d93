import type { Schema } from '../schema.ts';
import type { Database } from '../storage.ts';

/** Figures that Salesforce keeps of other rows, brought up to what the rows are. No stamp moves. */
export async function countRollUps(db: Database, schema: Schema, base: Date): Promise<void> {
  await db.query(CAMPAIGN_FIGURES);
  await db.query(hierarchyFigures(schema));
  await db.query(lastActivity('Account', 'AccountId'));
  await db.query(lastActivity('Campaign', 'WhatId'));
  await db.query(lastActivity('Opportunity', 'WhatId'));
  await db.query(OPEN_ACTIVITY, [base.toISOString()]);
}

const CAMPAIGN_FIGURES = `
  UPDATE org."Campaign" AS c SET
    "NumberOfLeads" = COALESCE(m.leads, 0), "NumberOfConvertedLeads" = COALESCE(m.converted, 0),
    "NumberOfContacts" = COALESCE(m.contacts, 0), "NumberOfResponses" = COALESCE(m.responses, 0),
    "NumberOfOpportunities" = COALESCE(o.opportunities, 0), "NumberOfWonOpportunities" = COALESCE(o.won, 0),
    "AmountAllOpportunities" = COALESCE(o.amount, 0), "AmountWonOpportunities" = COALESCE(o.won_amount, 0)
  FROM org."Campaign" AS target
  LEFT JOIN (SELECT "CampaignId", count("LeadId") AS leads, count("ContactId") AS contacts,
      count(*) FILTER (WHERE "LeadId" IS NOT NULL AND "ContactId" IS NOT NULL) AS converted,
      count(*) FILTER (WHERE "HasResponded") AS responses
    FROM org."CampaignMember" WHERE NOT "IsDeleted" GROUP BY 1) AS m ON m."CampaignId" = target."Id"
  LEFT JOIN (SELECT "CampaignId", count(*) AS opportunities, count(*) FILTER (WHERE "IsWon") AS won,
      sum("Amount") AS amount,
      sum("Amount") FILTER (WHERE "IsWon") AS won_amount
    FROM org."Opportunity" WHERE NOT "IsDeleted" GROUP BY 1) AS o ON o."CampaignId" = target."Id"
  WHERE c."Id" = target."Id"`;

const HIERARCHY = 'Hierarchy';

/** Sums over each campaign and all below it. */
function hierarchyFigures(schema: Schema): string {
  const sums = schema
    .object('Campaign')!
    .fields.map(({ name }) => name)
    .filter((name) => name.startsWith(HIERARCHY));
  return `
    WITH RECURSIVE tree AS (
      SELECT "Id" AS root, "Id" FROM org."Campaign"
      UNION ALL
      SELECT tree.root, below."Id" FROM tree
      JOIN org."Campaign" AS below ON below."ParentId" = tree."Id" AND NOT below."IsDeleted")
    UPDATE org."Campaign" AS target SET ${sums.map((name) => `"${name}" = total."${name}"`).join(', ')}
    FROM (SELECT root, ${sums
      .map((name) => `COALESCE(sum(c."${name.slice(HIERARCHY.length)}"), 0) AS "${name}"`)
      .join(', ')}
      FROM tree JOIN org."Campaign" AS c ON c."Id" = tree."Id" GROUP BY root) AS total
    WHERE total.root = target."Id"`;
}

/** Due dates of events and closed tasks. */
const lastActivity = (object: string, field: string): string => `
  UPDATE org."${object}" AS target SET "LastActivityDate" = latest.day
  FROM (SELECT id, max(day) AS day FROM (
      SELECT "${field}" AS id, "ActivityDate" AS day FROM org."Task"
      WHERE "IsClosed" AND NOT "IsDeleted"
      UNION ALL
      SELECT "${field}", "ActivityDate" FROM org."Event" WHERE NOT "IsDeleted"
    ) AS activity WHERE id IS NOT NULL GROUP BY id) AS latest
  WHERE latest.id = target."Id" AND NOT target."IsDeleted"`;

const OPEN_ACTIVITY = `
  UPDATE org."Opportunity" AS target SET "HasOpenActivity" = true, "HasOverdueTask" = open.overdue
  FROM (SELECT "WhatId", bool_or(COALESCE("ActivityDate" < ($1::timestamptz AT TIME ZONE 'UTC')::date, false)) AS overdue
    FROM org."Task" WHERE NOT "IsClosed" AND NOT "IsDeleted" GROUP BY 1) AS open
  WHERE open."WhatId" = target."Id"`;
