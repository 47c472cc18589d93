import type { Schema } from '../schema.ts';
import type { Database } from '../storage.ts';
import { setVisibility, upgradePermissions } from '../upgrade-permissions.ts';
import { createBusinessRules } from './business-rules.ts';
import type { ProfileName, Staff } from './staff.ts';

/** Fields that a profile does not see. */
const HIDDEN_FIELDS: [profile: ProfileName, object: string, field: string][] = [
  ['Sync User', 'Lead', 'Commission__c'],
];

/** The condition is true for a row that is refused. */
const VALIDATION_RULES = [
  {
    object: 'Lead',
    name: 'Employees_not_negative',
    condition: '"NumberOfEmployees" < 0',
    message: 'Employees cannot be negative',
    field: 'NumberOfEmployees',
  },
  {
    object: 'Contact',
    name: 'Birthdate_not_in_the_future',
    condition: '"Birthdate" > current_date',
    message: 'Birthdate cannot be in the future',
    field: 'Birthdate',
  },
];

/** Object and field permissions, and business rules. */
export async function createRules(db: Database, schema: Schema, staff: Staff): Promise<void> {
  await upgradePermissions(db, schema);
  for (const [profile, name, field] of HIDDEN_FIELDS) {
    const object = schema.object(name)!;
    const hidden = schema.field(object, field)!;
    await setVisibility(db, object, hidden, [staff.profiles[profile]], false);
  }
  for (const { object, name, condition, message, field } of VALIDATION_RULES) {
    await db.query(
      `INSERT INTO org_meta.validation_rule (object, name, condition_sql, message, error_field)
       VALUES ($1, $2, $3, $4, $5)`,
      [object, name, condition, message, field],
    );
  }
  await createBusinessRules(db, schema);
}
