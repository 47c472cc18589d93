import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSchema } from '../../sandbox/objects/index.ts';
import type { Schema } from '../../sandbox/schema.ts';
import { prepareOrg } from '../../sandbox/seed/index.ts';
import { quote } from '../../sandbox/storage.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

let database: FreshDatabase;
let pool: pg.Pool;
let schema: Schema;

beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await prepareOrg(pool, { people: 1_500 });
  schema = await loadSchema(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function count(object: string, condition: string): Promise<number> {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS n FROM org.${quote(object)} AS x WHERE ${condition}`,
  );
  return rows[0].n;
}

describe('what a new org has besides people and accounts', () => {
  const SHAPES: [what: string, object: string, condition: string][] = [
    ['campaigns below others', 'Campaign', '"ParentId" IS NOT NULL'],
    ['inactive campaigns', 'Campaign', 'NOT "IsActive"'],
    ['statuses of a campaign’s own', 'CampaignMemberStatus', `"Label" = 'Attended'`],
    ['leads in campaigns', 'CampaignMember', '"LeadId" IS NOT NULL AND "ContactId" IS NULL'],
    ['contacts in campaigns', 'CampaignMember', '"ContactId" IS NOT NULL AND "LeadId" IS NULL'],
    ['members that were converted', 'CampaignMember', 'num_nonnulls("LeadId", "ContactId") = 2'],
    ['members who have responded', 'CampaignMember', '"FirstRespondedDate" IS NOT NULL'],
    ['open opportunities', 'Opportunity', 'NOT "IsClosed"'],
    ['won opportunities', 'Opportunity', '"IsWon" AND "IsClosed"'],
    ['lost opportunities', 'Opportunity', '"IsClosed" AND NOT "IsWon"'],
    ['opportunities without an account', 'Opportunity', '"AccountId" IS NULL'],
    ['opportunities from a campaign', 'Opportunity', '"CampaignId" IS NOT NULL'],
    ['leads that became an opportunity', 'Lead', '"ConvertedOpportunityId" IS NOT NULL'],
    ['primary contact roles', 'OpportunityContactRole', '"IsPrimary"'],
    ['other contact roles', 'OpportunityContactRole', 'NOT "IsPrimary"'],
    ['tasks with leads', 'Task', `"WhoId" LIKE '00Q%'`],
    ['tasks about opportunities', 'Task', `"WhatId" LIKE '006%'`],
    ['tasks about nobody', 'Task', `"WhoId" IS NULL AND "WhatId" LIKE '001%'`],
    ['tasks to do', 'Task', 'NOT "IsClosed"'],
    ['archived tasks', 'Task', '"IsArchived"'],
    ['events with contacts', 'Event', `"WhoId" LIKE '003%'`],
    ['events of a whole day', 'Event', '"IsAllDayEvent"'],
    ['archived events', 'Event', '"IsArchived"'],
    ['subscriptions of leads', 'Subscription__c', '"Lead__c" IS NOT NULL'],
    ['subscriptions of contacts', 'Subscription__c', '"Contact__c" IS NOT NULL'],
    ['use of a subscription', 'Usage__c', '"Subscription__c" IS NOT NULL'],
    ['sites of accounts', 'Site__c', '"Account__c" IS NOT NULL'],
    ['warehouses', 'Warehouse__c', '"Code__c" IS NOT NULL'],
    ['users with a role', 'User', '"UserRoleId" IS NOT NULL'],
    ['members of queues', 'GroupMember', `"UserOrGroupId" LIKE '005%'`],
    ['groups in groups', 'GroupMember', `"UserOrGroupId" LIKE '00G%'`],
  ];
  it.each(SHAPES)('includes %s', async (_, object, condition) => {
    const hasBin = schema.field(schema.object(object)!, 'IsDeleted') !== undefined;
    const live = hasBin ? 'NOT "IsDeleted"' : 'true';
    expect(await count(object, `(${condition}) AND ${live}`)).toBeGreaterThan(0);
  });

  it('includes deleted tasks, members and subscriptions', async () => {
    for (const object of ['Task', 'CampaignMember', 'Subscription__c', 'Usage__c'])
      expect(await count(object, '"IsDeleted"'), object).toBeGreaterThan(0);
  });

  it('has the same person once in a campaign', async () => {
    const { rows } = await pool.query(
      `SELECT "CampaignId", person FROM org."CampaignMember",
         LATERAL (VALUES ("LeadId"), ("ContactId")) AS one(person)
       WHERE person IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1`,
    );
    expect(rows).toEqual([]);
  });

  it('has a default status and one that is a response in every campaign, and members with no other', async () => {
    const ofCampaign = (condition: string) =>
      `(SELECT count(*) FROM org."CampaignMemberStatus" AS s WHERE s."CampaignId" = x."Id" AND ${condition})`;
    expect(await count('Campaign', `${ofCampaign('s."IsDefault"')} <> 1`)).toBe(0);
    expect(await count('Campaign', `${ofCampaign('s."HasResponded"')} <> 1`)).toBe(0);
    const unknown = `NOT EXISTS (SELECT FROM org."CampaignMemberStatus" AS s
      WHERE s."CampaignId" = x."CampaignId" AND s."Label" = x."Status"
        AND s."HasResponded" = x."HasResponded" AND NOT s."IsDeleted")`;
    expect(await count('CampaignMember', unknown)).toBe(0);
  });

  it('shows in a member what its person has', async () => {
    for (const [person, company, address] of [
      ['Lead', 'p."Company"', ''],
      [
        'Contact',
        '(SELECT a."Name" FROM org."Account" AS a WHERE a."Id" = p."AccountId")',
        'Mailing',
      ],
    ]) {
      const link = person === 'Lead' ? 'x."LeadId" AND x."ContactId" IS NULL' : 'x."ContactId"';
      const differs = `EXISTS (SELECT FROM org."${person}" AS p WHERE p."Id" = ${link} AND
        (x."FirstName", x."LastName", x."Email", x."City", x."CompanyOrAccount", x."LeadOrContactOwnerId", x."Name")
        IS DISTINCT FROM (p."FirstName", p."LastName", p."Email", p."${address}City", ${company}, p."OwnerId",
          concat_ws(' ', p."FirstName", p."MiddleName", p."LastName", p."Suffix")))`;
      expect(await count('CampaignMember', differs), person).toBe(0);
    }
  });

  it('has one primary role at most in an opportunity, whose contact it shows', async () => {
    const primaries = `(SELECT array_agg(r."ContactId") FROM org."OpportunityContactRole" AS r
      WHERE r."OpportunityId" = x."Id" AND r."IsPrimary")`;
    expect(await count('Opportunity', `cardinality(${primaries}) > 1`)).toBe(0);
    expect(await count('Opportunity', `(${primaries})[1] IS DISTINCT FROM x."ContactId"`)).toBe(0);
  });

  it('has opportunities that say what their stage does', async () => {
    const agrees = `EXISTS (SELECT FROM org."OpportunityStage" AS s WHERE s."ApiName" = x."StageName"
      AND s."IsClosed" = x."IsClosed" AND s."IsWon" = x."IsWon"
      AND s."DefaultProbability" = x."Probability" AND s."ForecastCategory" = x."ForecastCategory")`;
    expect(await count('Opportunity', `NOT ${agrees}`)).toBe(0);
  });

  it('has no task or event about a thing with a lead, and the account of what each is about', async () => {
    for (const object of ['Task', 'Event']) {
      expect(await count(object, `"WhoId" LIKE '00Q%' AND "WhatId" IS NOT NULL`)).toBe(0);
      const account = `COALESCE(
        (SELECT a."Id" FROM org."Account" AS a WHERE a."Id" = x."WhatId"),
        (SELECT o."AccountId" FROM org."Opportunity" AS o WHERE o."Id" = x."WhatId"),
        (SELECT c."AccountId" FROM org."Contact" AS c WHERE c."Id" = x."WhoId"))`;
      expect(await count(object, `x."AccountId" IS DISTINCT FROM ${account}`), object).toBe(0);
    }
  });

  it('archives closed tasks and events that are more than a year old', async () => {
    const old = `(now() AT TIME ZONE 'UTC')::date - 365`;
    expect(await count('Task', `"IsArchived" <> ("IsClosed" AND "ActivityDate" <= ${old})`)).toBe(
      0,
    );
    expect(await count('Event', `"IsArchived" <> ("EndDate" <= ${old})`)).toBe(0);
  });
});

describe('figures over other rows', () => {
  const members = (condition: string) =>
    `(SELECT count(*) FROM org."CampaignMember" AS m
       WHERE m."CampaignId" = x."Id" AND NOT m."IsDeleted" AND ${condition})`;
  const opportunities = (sql: string) =>
    `(SELECT ${sql} FROM org."Opportunity" AS o WHERE o."CampaignId" = x."Id" AND NOT o."IsDeleted")`;
  const FIGURES: Record<string, string> = {
    NumberOfLeads: members('m."LeadId" IS NOT NULL'),
    NumberOfContacts: members('m."ContactId" IS NOT NULL'),
    NumberOfConvertedLeads: members('num_nonnulls(m."LeadId", m."ContactId") = 2'),
    NumberOfResponses: members('m."HasResponded"'),
    NumberOfOpportunities: opportunities('count(*)'),
    NumberOfWonOpportunities: opportunities('count(*) FILTER (WHERE o."IsWon")'),
    AmountAllOpportunities: opportunities('COALESCE(sum(o."Amount"), 0)'),
    AmountWonOpportunities: opportunities('COALESCE(sum(o."Amount") FILTER (WHERE o."IsWon"), 0)'),
  };
  it.each(Object.keys(FIGURES))('of campaigns agree with the rows: %s', async (field) => {
    expect(await count('Campaign', `x."${field}" IS DISTINCT FROM ${FIGURES[field]}`)).toBe(0);
    expect(await count('Campaign', `x."${field}" > 0`)).toBeGreaterThan(0);
  });

  it('of a hierarchy of campaigns agree with the rows', async () => {
    const sum = `(WITH RECURSIVE tree AS (
        SELECT x."Id" UNION ALL SELECT b."Id" FROM tree JOIN org."Campaign" AS b
          ON b."ParentId" = tree."Id" AND NOT b."IsDeleted")
      SELECT sum(c."NumberOfLeads") FROM tree JOIN org."Campaign" AS c USING ("Id"))`;
    expect(await count('Campaign', `x."HierarchyNumberOfLeads" IS DISTINCT FROM ${sum}`)).toBe(0);
    const more = 'x."HierarchyNumberOfLeads" > x."NumberOfLeads"';
    expect(await count('Campaign', more)).toBeGreaterThan(0);
  });

  it.each([
    ['Lead', 'WhoId'],
    ['Contact', 'WhoId'],
    ['Account', 'AccountId'],
    ['Campaign', 'WhatId'],
    ['Opportunity', 'WhatId'],
  ])('LastActivityDate of %s is that of its latest event or closed task', async (object, field) => {
    const latest = `(SELECT max(day) FROM (
      SELECT a."ActivityDate" AS day FROM org."Task" AS a
        WHERE a."${field}" = x."Id" AND a."IsClosed" AND NOT a."IsDeleted"
      UNION ALL SELECT a."ActivityDate" FROM org."Event" AS a
        WHERE a."${field}" = x."Id" AND NOT a."IsDeleted") AS activity)`;
    const live = 'NOT x."IsDeleted"';
    expect(await count(object, `${live} AND x."LastActivityDate" IS DISTINCT FROM ${latest}`)).toBe(
      0,
    );
    expect(await count(object, `${live} AND x."LastActivityDate" IS NOT NULL`)).toBeGreaterThan(0);
  });

  it('an opportunity with a task to do says so', async () => {
    const open = `EXISTS (SELECT FROM org."Task" AS t
      WHERE t."WhatId" = x."Id" AND NOT t."IsClosed" AND NOT t."IsDeleted")`;
    expect(await count('Opportunity', `x."HasOpenActivity" <> ${open}`)).toBe(0);
    expect(await count('Opportunity', 'x."HasOpenActivity"')).toBeGreaterThan(0);
  });
});
