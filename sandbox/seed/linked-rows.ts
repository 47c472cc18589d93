import type { Schema } from '../schema.ts';
import { type Database, sequenceSql } from '../storage.ts';
import { memberState, shown } from './campaign-members.ts';
import { evenCampaignOf } from './campaigns.ts';
import type { Sizes } from './plans.ts';
import { idOf } from './rows.ts';

const ROLES_PER_OPPORTUNITY = 3;

/** Rows that link rows which are there already, as only those know which there are. */
export async function insertLinkedRows(db: Database, schema: Schema, sizes: Sizes): Promise<void> {
  await insertConvertedMembers(db, schema, sizes);
  await insertContactRoles(db, schema);
}

/** Some leads were in a campaign when they were converted: such a member keeps its lead, and shows the contact. */
async function insertConvertedMembers(db: Database, schema: Schema, sizes: Sizes): Promise<void> {
  const campaign = evenCampaignOf('l.key', 560, sizes);
  const { status, response } = memberState('l.key', campaign);
  const columns = {
    CampaignId: idOf(schema.object('Campaign')!, campaign),
    LeadId: 'l."Id"',
    ContactId: 'c."Id"',
    Status: status,
    HasResponded: response,
    FirstRespondedDate: `CASE WHEN ${response} THEN l."ConvertedDate" END`,
    ...shown((name) => `c."${name}"`, 'Mailing'),
    CompanyOrAccount: 'a."Name"',
    CreatedDate: 'l."CreatedDate"',
    CreatedById: 'l."CreatedById"',
    LastModifiedDate: 'l."LastModifiedDate"',
    LastModifiedById: 'l."LastModifiedById"',
    SystemModstamp: 'l."SystemModstamp"',
  };
  await db.query(
    `INSERT INTO org."CampaignMember" (${Object.keys(columns).map((name) => `"${name}"`)})
     SELECT ${Object.values(columns).join(', ')}
     FROM (SELECT DISTINCT ON ("ConvertedContactId") *, hashtextextended("Id", 0) AS key
           FROM org."Lead" WHERE "IsConverted" ORDER BY "ConvertedContactId", "Id") AS l
     JOIN org."Contact" AS c ON c."Id" = l."ConvertedContactId"
     LEFT JOIN org."Account" AS a ON a."Id" = c."AccountId"
     WHERE l.key % 3 <> 0 ORDER BY l."Id"`,
  );
}

/** The first contacts of an account play a part in its opportunities; of most, one is the primary. */
async function insertContactRoles(db: Database, schema: Schema): Promise<void> {
  const role = schema.object('OpportunityContactRole')!;
  await db.query(
    `INSERT INTO org."OpportunityContactRole" ("Id", "OpportunityId", "ContactId", "Role", "IsPrimary",
       "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
     SELECT ${idOf(role, `row_number() OVER (ORDER BY o."Id", c.place)`)}, o."Id", c."Id",
       (ARRAY['Decision Maker', 'Business User', 'Evaluator', NULL])[1 + abs(hashtext(c."Id")) % 4],
       c.place = 1 AND o.key % 10 <> 0,
       o."CreatedDate", o."CreatedById", o."CreatedDate", o."CreatedById", o."CreatedDate"
     FROM (SELECT *, row_number() OVER (PARTITION BY "AccountId" ORDER BY "Id") AS place
           FROM org."Contact" WHERE NOT "IsDeleted" AND "AccountId" IS NOT NULL) AS c
     JOIN (SELECT *, abs(hashtext("Id")) AS key FROM org."Opportunity" WHERE NOT "IsDeleted") AS o
       ON o."AccountId" = c."AccountId"
     WHERE c.place <= 1 + o.key % ${ROLES_PER_OPPORTUNITY}`,
  );
  await db.query(
    `UPDATE org."Opportunity" AS o SET "ContactId" = r."ContactId"
     FROM org."OpportunityContactRole" AS r WHERE r."OpportunityId" = o."Id" AND r."IsPrimary"`,
  );
  await db.query(
    `SELECT setval('${sequenceSql(role)}', (SELECT 1 + count(*) FROM org."OpportunityContactRole"))`,
  );
}
