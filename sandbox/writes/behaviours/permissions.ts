import type { PoolClient } from 'pg';
import {
  badPicklistValue,
  cannotUpdate,
  insufficientAccess,
  SalesforceError,
} from '../../errors.ts';
import { isPermissionable, sourceOf } from '../../permission-sources.ts';
import { afterCommit } from '../../transaction.ts';
import { assignProfileSets } from '../../upgrade-permissions.ts';
import type { Behaviour, Save } from '../behaviour.ts';
import type { Draft, WriteContext } from '../types.ts';

/** What a right needs besides itself: `Permission Delete Account depends on permission(s): Edit Account`. */
const NEEDS: Record<string, string[]> = {
  Create: ['Read'],
  Edit: ['Read'],
  Delete: ['Read', 'Edit'],
  ViewAllRecords: ['Read'],
  ModifyAllRecords: ['Read', 'Edit', 'Delete', 'ViewAllRecords'],
};
const NAMES: Record<string, string> = {
  ViewAllRecords: 'View All',
  ModifyAllRecords: 'Modify All',
};
const nameOf = (right: string) => NAMES[right] ?? right;

const dependsOn = (right: string, needed: string[], what: string) =>
  new SalesforceError(
    400,
    'FIELD_INTEGRITY_EXCEPTION',
    `Permission ${nameOf(right)} ${what} depends on permission(s): ${needed.map((one) => `${nameOf(one)} ${what}`).join(', ')}`,
    [],
  );

const duplicate = (field: string) =>
  new SalesforceError(
    400,
    'DUPLICATE_VALUE',
    `duplicate value found: ${field} duplicates value on record with id: ${field}`,
    [],
  );

/** Changed rights show at once, when the transaction that changed them is committed. */
async function announce(client: PoolClient, { org }: WriteContext): Promise<void> {
  afterCommit(client, org.securityChanged);
}

function heldBy(save: Save, draft: Draft, field: string): string | null {
  const given = draft.values.get(field);
  return given === undefined ? (save.before.get(draft.id!)?.[field] ?? null) : given;
}

const isTrue = (save: Save, draft: Draft, field: string) =>
  ['true', 't'].includes(heldBy(save, draft, field) ?? '');

function checkNeeds(save: Save, draft: Draft, rights: string[], what: string): void {
  for (const right of rights) {
    if (!isTrue(save, draft, `Permissions${right}`)) continue;
    const lacking = (NEEDS[right] ?? []).filter(
      (needed) => !isTrue(save, draft, `Permissions${needed}`),
    );
    if (lacking.length === 0) continue;
    draft.errors.push(dependsOn(right, lacking, what));
    return;
  }
}

/** Refuses a second row with the same values of `fields`, in the table or among the drafts. */
async function refuseTwins(
  client: PoolClient,
  save: Save,
  fields: string[],
  named: string,
): Promise<void> {
  if (save.kind !== 'insert') return;
  const columns = fields.map((name) => `"${name}"`);
  const keyOf = (draft: Draft) => fields.map((name) => draft.values.get(name) ?? '').join(' ');
  const { rows } = await client.query<{ key: string }>(
    `SELECT concat_ws(' ', ${columns.join(', ')}) AS key FROM org."${save.object.name}"
      WHERE ${columns[0]} = ANY($1)`,
    [save.drafts.map((draft) => draft.values.get(fields[0]!))],
  );
  const taken = new Set(rows.map(({ key }) => key));
  for (const draft of save.drafts) {
    if (taken.has(keyOf(draft))) draft.errors.push(duplicate(named));
    taken.add(keyOf(draft));
  }
}

/** A row that grants nothing is none. */
function dropEmpty(object: string, rights: string[]): NonNullable<Behaviour['afterSave']> {
  const none = rights.map((right) => `NOT "Permissions${right}"`).join(' AND ');
  return async (client, context, save) => {
    await client.query(`DELETE FROM org."${object}" WHERE "Id" = ANY($1) AND ${none}`, [
      save.drafts.map(({ id }) => id),
    ]);
    await announce(client, context);
  };
}

const OBJECT_RIGHTS = ['Read', 'Create', 'Edit', 'Delete', 'ViewAllRecords', 'ModifyAllRecords'];

export const objectPermissionsBehaviour: Behaviour = {
  reads: ['ParentId', 'SobjectType', ...OBJECT_RIGHTS.map((right) => `Permissions${right}`)],
  async beforeSave(client, context, save) {
    for (const draft of save.drafts) {
      const named = heldBy(save, draft, 'SobjectType') ?? '';
      const object = context.org.schema.object(named);
      if (object === undefined || sourceOf(object).kind !== 'own') {
        draft.errors.push(badPicklistValue('SObject Type Name', 'SobjectType', named));
        continue;
      }
      if (save.kind === 'insert') draft.values.set('SobjectType', object.name);
      checkNeeds(save, draft, OBJECT_RIGHTS, object.label);
    }
    await refuseTwins(client, save, ['ParentId', 'SobjectType'], '<unknown>');
  },
  afterSave: dropEmpty('ObjectPermissions', OBJECT_RIGHTS),
  afterDelete: announce,
};

export const fieldPermissionsBehaviour: Behaviour = {
  reads: ['ParentId', 'SobjectType', 'Field', 'PermissionsRead', 'PermissionsEdit'],
  async beforeSave(client, context, save) {
    for (const draft of save.drafts) checkField(context, save, draft);
    await refuseTwins(client, save, ['ParentId', 'Field'], '<unknown>');
  },
  afterSave: dropEmpty('FieldPermissions', ['Read', 'Edit']),
  afterDelete: announce,
};

function checkField({ org }: WriteContext, save: Save, draft: Draft): void {
  const type = heldBy(save, draft, 'SobjectType') ?? '';
  const path = heldBy(save, draft, 'Field') ?? '';
  const object = org.schema.object(type);
  if (object === undefined) {
    draft.errors.push(badPicklistValue('SObject Type Name', 'SobjectType', type));
    return;
  }
  const [owner = '', name = '', ...rest] = path.split('.');
  const field = org.schema.field(object, name);
  const fits = owner.toLowerCase() === object.name.toLowerCase() && rest.length === 0;
  // The picklist holds the fields that can be hidden: neither required ones nor those of the system.
  if (!fits || field === undefined || !isPermissionable(object, field)) {
    draft.errors.push(badPicklistValue('Field Name', 'Field', path));
    return;
  }
  if (save.kind === 'insert') {
    draft.values.set('SobjectType', object.name);
    draft.values.set('Field', `${object.name}.${field.name}`);
  }
  checkNeeds(save, draft, ['Edit'], `${object.name}.${field.name}`);
}

export const permissionSetBehaviour: Behaviour = {
  async beforeSave(client, _context, save) {
    for (const draft of save.drafts) {
      const name = draft.values.get('Name');
      if (name !== undefined && !/^[A-Za-z](?!.*__)\w*(?<!_)$/.test(name ?? ''))
        draft.errors.push(badName());
      if (save.kind === 'insert') draft.values.set('Type', 'Regular');
    }
    await refuseTwins(client, save, ['Name'], 'Name');
    await refuseProfiles(client, save);
  },
  async afterSave(client, context) {
    await announce(client, context);
  },
  async beforeDelete(client, _context, ids) {
    const { rows } = await client.query<{ Id: string }>(
      'SELECT "Id" FROM org."PermissionSet" WHERE "IsOwnedByProfile" AND "Id" = ANY($1)',
      [ids],
    );
    return new Map(rows.map(({ Id }) => [Id, insufficientAccess()]));
  },
  afterDelete: announce,
};

const badName = () =>
  new SalesforceError(
    400,
    'INVALID_FIELD',
    'Permission Set Name: can only contain underscores and alphanumeric characters. It must be unique, begin with a letter, not include spaces, not end with an underscore, and not contain two consecutive underscores.',
    ['Name'],
  );

/** Name and label of a profile's own set belong to the profile. */
async function refuseProfiles(client: PoolClient, save: Save): Promise<void> {
  if (save.kind === 'insert') return;
  const { rows } = await client.query<{ Id: string }>(
    'SELECT "Id" FROM org."PermissionSet" WHERE "IsOwnedByProfile" AND "Id" = ANY($1)',
    [save.drafts.map(({ id }) => id)],
  );
  const owned = new Set(rows.map(({ Id }) => Id));
  for (const draft of save.drafts)
    if (owned.has(draft.id!) && (draft.values.has('Name') || draft.values.has('Label')))
      draft.errors.push(cannotUpdate(save.object.label));
}

export const permissionSetAssignmentBehaviour: Behaviour = {
  async beforeSave(client, _context, save) {
    await refuseTwins(client, save, ['AssigneeId', 'PermissionSetId'], 'PermissionSetId');
    const { rows } = await client.query<{ Id: string }>(
      'SELECT "Id" FROM org."PermissionSet" WHERE "IsOwnedByProfile" AND "Id" = ANY($1)',
      [save.drafts.map((draft) => draft.values.get('PermissionSetId') ?? '')],
    );
    const owned = new Set(rows.map(({ Id }) => Id));
    for (const draft of save.drafts)
      if (owned.has(draft.values.get('PermissionSetId') ?? ''))
        draft.errors.push(
          new SalesforceError(
            400,
            'FIELD_INTEGRITY_EXCEPTION',
            "Permission set owned by profile can't be assigned",
            ['PermissionSetId'],
          ),
        );
  },
  async afterSave(client, context) {
    await announce(client, context);
  },
  async beforeDelete(client, _context, ids) {
    const { rows } = await client.query<{ id: string }>(
      `SELECT a."Id" AS id FROM org."PermissionSetAssignment" a
         JOIN org."PermissionSet" s ON s."Id" = a."PermissionSetId" AND s."IsOwnedByProfile"
        WHERE a."Id" = ANY($1)`,
      [ids],
    );
    return new Map(rows.map(({ id }) => [id, insufficientAccess()]));
  },
  afterDelete: announce,
};

/** A user has the set of their profile, and no session once they are switched off. */
export const userRights: Behaviour = {
  async afterSave(client, context) {
    await assignProfileSets(client);
    await announce(client, context);
  },
};
