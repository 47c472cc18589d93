import type { Schema } from '../schema.ts';
import type { Database } from '../storage.ts';
import type { ProfileName, Staff } from './staff.ts';

type Rights = 'none' | 'read' | 'read create edit' | 'read create edit delete';

const RECORDS = ['Account', 'Contact', 'Lead'];

/** What each profile may do with records, and with everything else. */
const PROFILE_RIGHTS: Record<ProfileName, { records: Rights; rest: Rights }> = {
  'System Administrator': { records: 'read create edit delete', rest: 'read create edit delete' },
  'Sync User': { records: 'read create edit delete', rest: 'read' },
  Sales: { records: 'read create edit', rest: 'read' },
};

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

/** Object and field permissions, and validation rules. */
export async function createRules(db: Database, schema: Schema, staff: Staff): Promise<void> {
  for (const [profile, rights] of Object.entries(PROFILE_RIGHTS)) {
    for (const object of schema.objects()) {
      const granted = RECORDS.includes(object.name) ? rights.records : rights.rest;
      await db.query('INSERT INTO org_meta.object_permission VALUES ($1, $2, $3, $4, $5, $6)', [
        staff.profiles[profile as ProfileName],
        object.name,
        ...['read', 'create', 'edit', 'delete'].map((right) => granted.includes(right)),
      ]);
    }
  }
  for (const [profile, object, field] of HIDDEN_FIELDS) {
    await db.query('INSERT INTO org_meta.field_permission VALUES ($1, $2, $3, false, false)', [
      staff.profiles[profile],
      object,
      field,
    ]);
  }
  for (const { object, name, condition, message, field } of VALIDATION_RULES) {
    await db.query(
      `INSERT INTO org_meta.validation_rule (object, name, condition_sql, message, error_field)
       VALUES ($1, $2, $3, $4, $5)`,
      [object, name, condition, message, field],
    );
  }
}
