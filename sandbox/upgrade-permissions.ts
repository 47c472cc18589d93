import type { Pool } from 'pg';
import { SYSTEM_PERMISSIONS, type SystemPermission } from './objects/permission-set.ts';
import { isPermissionable, sourceOf } from './permission-sources.ts';
import type { Field, Schema, SObject } from './schema.ts';

type Database = Pick<Pool, 'query'>;

const COLLEAGUE: SystemPermission[] = [
  'ApiEnabled',
  'EditTask',
  'EditEvent',
  'ConvertLeads',
  'RunReports',
  'ViewSetup',
];

/** What a profile's users may do from the start, by its name. */
const PROFILES: Record<string, { objects: string[]; system: readonly SystemPermission[] }> = {
  'System Administrator': {
    objects: ['Read', 'Create', 'Edit', 'Delete', 'ViewAllRecords', 'ModifyAllRecords'],
    system: SYSTEM_PERMISSIONS.filter((name) => name !== 'ApiUserOnly'),
  },
  'Sync User': {
    objects: ['Read', 'Create', 'Edit', 'Delete'],
    system: [...COLLEAGUE, 'BulkApiHardDelete', 'TransferAnyLead', 'ManageLeads', 'ImportLeads'],
  },
};
const OTHER_PROFILE = { objects: ['Read', 'Create', 'Edit'], system: COLLEAGUE };

const LEDGER = `
  -- Objects (field '') and fields that have had their first permissions; a field that the Tooling API
  -- makes has had them too: none.
  CREATE TABLE IF NOT EXISTS org_meta.permission_ledger (
    object text, field text, PRIMARY KEY (object, field)
  )`;

/**
 * Gives every profile its permission set and every object and field that is new its first
 * permissions: a field is seen by all profiles. What an org of an older sandbox kept in
 * org_meta.object_permission and field_permission becomes rows. Run again, it changes nothing.
 */
export async function upgradePermissions(db: Database, schema: Schema): Promise<void> {
  await db.query(LEDGER);
  await makeProfileSets(db);
  await carryObjectsOver(db, schema);
  const { rows } = await db.query('SELECT object, field FROM org_meta.permission_ledger');
  const known = new Set(rows.map(({ object, field }) => `${object}.${field}`));
  for (const object of schema.objects()) {
    if (!known.has(`${object.name}.`)) await grantObject(db, object);
    const fields = object.fields.filter((one) => isPermissionable(object, one));
    if (fields.some(({ name }) => !known.has(`${object.name}.${name}`)))
      await grantNewFields(db, object);
  }
  await carryFieldsOver(db, schema);
  await assignProfileSets(db);
}

const AUDIT = `"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"`;
const auditOf = (by: string) => `now(), ${by}, now(), ${by}, now()`;
/** Whoever made the first profile stands in for who made the rows. */
const MAKER = `(SELECT "CreatedById" FROM org."Profile" ORDER BY "Id" LIMIT 1)`;

async function makeProfileSets(db: Database): Promise<void> {
  const { rows: profiles } = await db.query<{ id: string; name: string }>(
    `SELECT "Id" AS id, "Name" AS name FROM org."Profile" p WHERE NOT EXISTS
       (SELECT FROM org."PermissionSet" s WHERE s."ProfileId" = p."Id" AND s."IsOwnedByProfile")
     ORDER BY "Id"`,
  );
  for (const { id, name } of profiles) {
    const granted = (PROFILES[name] ?? OTHER_PROFILE).system;
    const flags = SYSTEM_PERMISSIONS.map((one) => `"Permissions${one}"`);
    await db.query(
      `INSERT INTO org."PermissionSet" ("Name", "Label", "ProfileId", "IsOwnedByProfile", "IsCustom",
         "Type", "HasActivationRequired", ${flags.join(', ')}, ${AUDIT})
       SELECT 'X' || $1, $1, $1, true, $2, 'Profile', false,
         ${SYSTEM_PERMISSIONS.map((one) => granted.includes(one)).join(', ')}, ${auditOf(MAKER)}`,
      [id, name !== 'System Administrator'],
    );
  }
}

/** Each user is assigned the set of their profile, and of no other. */
export async function assignProfileSets(db: Database): Promise<void> {
  await db.query(
    `DELETE FROM org."PermissionSetAssignment" a USING org."PermissionSet" s, org."User" u
      WHERE s."Id" = a."PermissionSetId" AND s."IsOwnedByProfile" AND u."Id" = a."AssigneeId"
        AND u."ProfileId" <> s."ProfileId"`,
  );
  await db.query(
    `INSERT INTO org."PermissionSetAssignment"
       ("PermissionSetId", "AssigneeId", "IsActive", "SystemModstamp")
     SELECT s."Id", u."Id", true, now() FROM org."User" u
       JOIN org."PermissionSet" s ON s."ProfileId" = u."ProfileId" AND s."IsOwnedByProfile"
      WHERE NOT EXISTS (SELECT FROM org."PermissionSetAssignment" a
        WHERE a."AssigneeId" = u."Id" AND a."PermissionSetId" = s."Id")
      ORDER BY u."Id"`,
  );
}

/** True the first time only. */
async function isNew(db: Database, object: string, field = ''): Promise<boolean> {
  const { rowCount } = await db.query(
    'INSERT INTO org_meta.permission_ledger VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [object, field],
  );
  return rowCount === 1;
}

/** A new object's first permissions; nothing where it has had them or needs none. */
export async function grantObject(db: Database, object: SObject): Promise<void> {
  if (sourceOf(object).kind !== 'own' || !(await isNew(db, object.name))) return;
  const { rows } = await db.query<{ set: string; profile: string }>(
    `SELECT s."Id" AS set, p."Name" AS profile FROM org."PermissionSet" s
       JOIN org."Profile" p ON p."Id" = s."ProfileId" WHERE s."IsOwnedByProfile" ORDER BY s."Id"`,
  );
  for (const { set, profile } of rows)
    await insertObject(db, set, object.name, (PROFILES[profile] ?? OTHER_PROFILE).objects);
}

async function insertObject(db: Database, set: string, object: string, rights: string[]) {
  const all = ['Read', 'Create', 'Edit', 'Delete', 'ViewAllRecords', 'ModifyAllRecords'];
  await db.query(
    `INSERT INTO org."ObjectPermissions" ("ParentId", "SobjectType", "PermissionsViewAllFields",
       ${all.map((right) => `"Permissions${right}"`).join(', ')}, ${AUDIT})
     SELECT $1, $2, false, ${all.map((right) => rights.includes(right)).join(', ')}, ${auditOf(MAKER)}`,
    [set, object],
  );
}

/** Lets every profile see and write the fields of an object that have had no permissions yet. */
export async function grantNewFields(db: Database, object: SObject): Promise<void> {
  const names = object.fields
    .filter((one) => isPermissionable(object, one))
    .map(({ name }) => name);
  await db.query(
    `WITH new AS (
       INSERT INTO org_meta.permission_ledger SELECT $1, unnest($2::text[])
       ON CONFLICT DO NOTHING RETURNING field)
     INSERT INTO org."FieldPermissions"
       ("ParentId", "SobjectType", "Field", "PermissionsRead", "PermissionsEdit", "SystemModstamp")
     SELECT s."Id", $1, $1 || '.' || new.field, true, new.field = ANY($3), now()
       FROM new, org."PermissionSet" s WHERE s."IsOwnedByProfile" ORDER BY s."Id", new.field`,
    [
      object.name,
      names,
      object.fields.filter((one) => one.createable || one.updateable).map(({ name }) => name),
    ],
  );
}

/** Says that a field has had its first permissions: nobody sees it until somebody grants it. */
export async function grantNobody(db: Database, object: string, field: string): Promise<void> {
  await isNew(db, object, field);
}

export async function forgetField(db: Database, object: string, field: string): Promise<void> {
  await db.query('DELETE FROM org."FieldPermissions" WHERE lower("Field") = lower($1)', [
    `${object}.${field}`,
  ]);
  await db.query(
    `DELETE FROM org_meta.permission_ledger
      WHERE lower(object) = lower($1) AND lower(field) = lower($2)`,
    [object, field],
  );
}

export async function renameField(db: Database, object: string, from: string, to: string) {
  await db.query(
    'UPDATE org."FieldPermissions" SET "Field" = $2 WHERE lower("Field") = lower($1)',
    [`${object}.${from}`, `${object}.${to}`],
  );
  await db.query(
    `UPDATE org_meta.permission_ledger SET field = $3
      WHERE lower(object) = lower($1) AND lower(field) = lower($2)`,
    [object, from, to],
  );
}

/** Shows a field to some profiles, or hides it from them, as their own permission sets have it. */
export async function setVisibility(
  db: Database,
  object: SObject,
  field: Field,
  profileIds: string[],
  visible: boolean,
): Promise<void> {
  const path = `${object.name}.${field.name}`;
  const sets = `(SELECT "Id" FROM org."PermissionSet" WHERE "IsOwnedByProfile" AND "ProfileId" = ANY($1))`;
  await db.query(
    `DELETE FROM org."FieldPermissions" WHERE "Field" = $2 AND "ParentId" IN ${sets}`,
    [profileIds, path],
  );
  // No row hides a field, except one that field-level security does not cover.
  if (visible !== isPermissionable(object, field)) return;
  await db.query(
    `INSERT INTO org."FieldPermissions"
       ("ParentId", "SobjectType", "Field", "PermissionsRead", "PermissionsEdit", "SystemModstamp")
     SELECT "Id", $3, $2, $4, $4, now() FROM org."PermissionSet"
      WHERE "IsOwnedByProfile" AND "ProfileId" = ANY($1) ORDER BY "Id"`,
    [profileIds, path, object.name, visible],
  );
}

async function carryObjectsOver(db: Database, schema: Schema): Promise<void> {
  if (!(await exists(db, 'object_permission'))) return;
  const { rows } = await db.query(
    `SELECT p.*, s."Id" AS set FROM org_meta.object_permission p JOIN org."PermissionSet" s
         ON s."ProfileId" = p.profile_id AND s."IsOwnedByProfile" ORDER BY s."Id", p.object`,
  );
  const kept = new Set<string>();
  for (const row of rows) {
    const object = schema.object(row.object);
    if (object === undefined || sourceOf(object).kind !== 'own') continue;
    const rights = ['Read', 'Create', 'Edit', 'Delete'].filter((one) => row[one.toLowerCase()]);
    await insertObject(db, row.set, object.name, rights);
    kept.add(object.name);
  }
  for (const name of kept) await isNew(db, name);
  await db.query('DROP TABLE org_meta.object_permission');
}

async function carryFieldsOver(db: Database, schema: Schema): Promise<void> {
  if (!(await exists(db, 'field_permission'))) return;
  const { rows } = await db.query(
    'SELECT * FROM org_meta.field_permission WHERE NOT "read" OR NOT "edit"',
  );
  for (const row of rows) {
    const object = schema.object(row.object);
    const field = object && schema.field(object, row.field);
    if (object !== undefined && field !== undefined)
      await setVisibility(db, object, field, [row.profile_id], row.read);
  }
  await db.query(
    `UPDATE org."FieldPermissions" f SET "PermissionsEdit" = false
       FROM org_meta.field_permission p JOIN org."PermissionSet" s ON s."ProfileId" = p.profile_id
      WHERE NOT p."edit" AND f."ParentId" = s."Id" AND f."Field" = p.object || '.' || p.field`,
  );
  await db.query('DROP TABLE org_meta.field_permission');
}

async function exists(db: Database, table: string): Promise<boolean> {
  const { rows } = await db.query('SELECT to_regclass($1) AS found', [`org_meta.${table}`]);
  return rows[0].found !== null;
}
