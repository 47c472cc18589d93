import type { Schema } from '../schema.ts';
import { type Database, sequenceSql } from '../storage.ts';
import { STANDARD_MESSAGE, STANDARD_RULES } from '../writes/duplicate-rule-data.ts';
import type { Staff } from './staff.ts';

const AUDIT = `"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"`;

/** The org's rules for duplicates and assignment, none of them active, and where a lead's custom fields go. */
export async function createBusinessRules(db: Database, schema: Schema, staff: Staff) {
  await mapCustomFields(db, schema);
  await addDuplicateRules(db, schema, staff);
  await addAssignmentRule(db, schema, staff);
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
        'INSERT INTO org_meta.lead_mapping (target, lead_field, target_field) VALUES ($1, $2, $2)',
        [target, field.name],
      );
    }
  }
}

async function addDuplicateRules(db: Database, schema: Schema, { adminId }: Staff): Promise<void> {
  if (schema.object('DuplicateRule') === undefined) return;
  for (const [i, { object, label, matching }] of STANDARD_RULES.entries()) {
    const { rows } = await db.query(
      `INSERT INTO org."DuplicateRule" ("SobjectType", "DeveloperName", "MasterLabel", "Language", "IsActive", "SobjectSubtype", ${AUDIT})
       SELECT $1, $2, $3, 'en_US', false, 'None', "CreatedDate", $4, "CreatedDate", $4, "CreatedDate" FROM org."Organization"
       RETURNING "Id" AS id`,
      [object, label.replaceAll(' ', '_'), label, adminId],
    );
    await db.query(
      `INSERT INTO org_meta.duplicate_rule (rule_id, position, on_insert, on_update, alerts_on_insert, alerts_on_update, message, matching)
       VALUES ($1, $2, 'Allow', 'Allow', true, false, $3, $4)`,
      [rows[0].id, i + 1, STANDARD_MESSAGE, JSON.stringify(matching)],
    );
  }
}

async function addAssignmentRule(
  db: Database,
  schema: Schema,
  { adminId, salesIds, queueIds }: Staff,
) {
  const object = schema.object('AssignmentRule');
  if (object === undefined) return;
  const { rows } = await db.query(
    `INSERT INTO org."AssignmentRule" ("Id", "Name", "SobjectType", "Active", ${AUDIT})
     SELECT org_meta.make_id($1, nextval($2)), 'Lead routing', 'Lead', false, "CreatedDate", $3, "CreatedDate", $3, "CreatedDate"
       FROM org."Organization" RETURNING "Id" AS id`,
    [object.keyPrefix, sequenceSql(object), adminId],
  );
  const entries: [string | null, string | null, string][] = [
    [
      'AnnualRevenue > 1000000',
      'coalesce(candidate."AnnualRevenue" > 1000000, false)',
      salesIds[0]!,
    ],
    [null, null, queueIds[0]!],
  ];
  for (const [i, [formula, condition, owner]] of entries.entries())
    await db.query('INSERT INTO org_meta.assignment_entry VALUES ($1, $2, $3, $4, $5)', [
      rows[0].id,
      i + 1,
      formula,
      condition,
      owner,
    ]);
}
