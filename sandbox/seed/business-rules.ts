import { compileFormula } from '../formula/compile.ts';
import type { Schema } from '../schema.ts';
import { type Database, tableSql } from '../storage.ts';
import { STANDARD_MESSAGE, STANDARD_RULES } from '../writes/duplicate-rule-data.ts';

const AUDIT = `"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"`;
/** Rules are as old as the org. */
const AUDIT_VALUES = `"CreatedDate", "CreatedById", "CreatedDate", "CreatedById", "CreatedDate"`;

/**
 * The org's rules for duplicates and assignment, none of them active, and where a lead's custom fields
 * go. An org that has duplicate rules has had all this before.
 */
export async function createBusinessRules(db: Database, schema: Schema): Promise<void> {
  const { rowCount } = await db.query('SELECT FROM org."DuplicateRule" LIMIT 1');
  if (rowCount !== 0) return;
  await mapCustomFields(db, schema);
  await addDuplicateRules(db);
  await addAssignmentRule(db, schema);
}

/** As an administrator would have it: each custom field to the one of the same name and type. */
async function mapCustomFields(db: Database, schema: Schema): Promise<void> {
  const own = schema
    .object('Lead')!
    .fields.filter(({ custom, formula }) => custom && formula === null);
  for (const target of ['Account', 'Contact', 'Opportunity']) {
    const fields = schema.object(target)?.fields ?? [];
    for (const field of own) {
      if (!fields.some(({ name, type }) => name === field.name && type === field.type)) continue;
      await db.query(
        `INSERT INTO org_meta.lead_mapping (target, lead_field, target_field) VALUES ($1, $2, $2)
         ON CONFLICT DO NOTHING`,
        [target, field.name],
      );
    }
  }
}

async function addDuplicateRules(db: Database): Promise<void> {
  for (const [i, { object, label, matching }] of STANDARD_RULES.entries()) {
    const { rows } = await db.query(
      `INSERT INTO org."DuplicateRule" ("SobjectType", "DeveloperName", "MasterLabel", "Language", "IsActive", "SobjectSubtype", ${AUDIT})
       SELECT $1, $2, $3, 'en_US', false, 'None', ${AUDIT_VALUES} FROM org."Organization"
       RETURNING "Id" AS id`,
      [object, label.replaceAll(' ', '_'), label],
    );
    await db.query(
      `INSERT INTO org_meta.duplicate_rule (rule_id, position, on_insert, on_update, alerts_on_insert, alerts_on_update, message, matching)
       VALUES ($1, $2, 'Allow', 'Allow', true, false, $3, $4)`,
      [rows[0].id, i + 1, STANDARD_MESSAGE, JSON.stringify(matching)],
    );
  }
}

/** Big firms to a sales person, all others to a queue. */
const ENTRIES = [
  {
    formula: 'AnnualRevenue > 1000000',
    owner: `SELECT u."Id" AS id FROM org."User" u JOIN org."Profile" p ON p."Id" = u."ProfileId"
             WHERE p."Name" = 'Sales' AND u."IsActive" ORDER BY u."Id" LIMIT 1`,
  },
  {
    formula: null,
    owner: `SELECT "QueueId" AS id FROM org."QueueSobject" WHERE "SobjectType" = 'Lead' ORDER BY "Id" LIMIT 1`,
  },
];

async function addAssignmentRule(db: Database, schema: Schema): Promise<void> {
  const { rows: made } = await db.query(
    `INSERT INTO ${tableSql(schema.object('AssignmentRule')!)} ("Name", "SobjectType", "Active", ${AUDIT})
     SELECT 'Lead routing', 'Lead', false, ${AUDIT_VALUES} FROM org."Organization" RETURNING "Id" AS id`,
  );
  for (const [i, { formula, owner }] of ENTRIES.entries()) {
    const { rows } = await db.query(owner);
    if (rows[0] === undefined) continue;
    const condition =
      formula === null ? null : compileFormula(schema, schema.object('Lead')!, formula);
    await db.query('INSERT INTO org_meta.assignment_entry VALUES ($1, $2, $3, $4, $5)', [
      made[0].id,
      i + 1,
      formula,
      condition,
      rows[0].id,
    ]);
  }
}
