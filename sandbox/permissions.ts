import type { Pool } from 'pg';
import type { Access } from './access.ts';
import type { SystemPermission } from './objects/permission-set.ts';
import { isPermissionable, sourceOf } from './permission-sources.ts';
import type { Schema } from './schema.ts';
import type { Settings } from './settings.ts';

type ObjectRight = 'Read' | 'Create' | 'Edit' | 'Delete' | 'ViewAllRecords' | 'ModifyAllRecords';
type FieldRight = 'Read' | 'Edit';

/** The union of the sets that a user has, or that a profile owns. Keys in lower case. */
interface Rights {
  system: Set<string>;
  /** `lead.Read` */
  objects: Set<string>;
  /** `lead.rating.Read` */
  fields: Set<string>;
  /** Fields that no field-level security covers and that the control URL hides all the same. */
  hidden: Set<string>;
  /** What was asked about fields before: collections ask the same of each record. */
  answers: Map<string, boolean>;
}

const ADMINISTRATOR = 'System Administrator';

/**
 * What each user may see and do: the union of the profile's own permission set and of those assigned,
 * from the rows of PermissionSet, PermissionSetAssignment, ObjectPermissions and FieldPermissions.
 * Held in memory; `reload` after a change of any of them, or of users.
 */
export class Permissions {
  readonly #pool: Pool;
  readonly #schema: Schema;
  readonly #settings: Pick<Settings, 'multiCurrency'>;
  #administrators = new Set<string>();
  #profileNames = new Map<string, string>();
  #setsOf = new Map<string, Set<string>>();
  #sets = new Map<string, Rights>();
  #unions = new Map<string, Rights>();
  #permissionable = new Map<string, boolean>();

  private constructor(pool: Pool, schema: Schema, settings: Pick<Settings, 'multiCurrency'>) {
    this.#pool = pool;
    this.#schema = schema;
    this.#settings = settings;
  }

  /** `settings` are read anew with each question. */
  static async load(
    pool: Pool,
    schema: Schema,
    settings: Pick<Settings, 'multiCurrency'>,
  ): Promise<Permissions> {
    const permissions = new Permissions(pool, schema, settings);
    await permissions.reload();
    return permissions;
  }

  async reload(): Promise<void> {
    const [profiles, sets, assigned, objects, fields] = await Promise.all([
      this.#pool.query('SELECT "Id", "Name" FROM org."Profile"'),
      this.#pool.query('SELECT * FROM org."PermissionSet"'),
      this.#pool.query(
        `SELECT u."Id" AS owner, s."Id" AS set FROM org."User" u
           JOIN org."PermissionSet" s ON s."ProfileId" = u."ProfileId" AND s."IsOwnedByProfile"
         UNION SELECT s."ProfileId", s."Id" FROM org."PermissionSet" s WHERE s."IsOwnedByProfile"
         UNION SELECT a."AssigneeId", a."PermissionSetId" FROM org."PermissionSetAssignment" a
           JOIN org."PermissionSet" s ON s."Id" = a."PermissionSetId" AND NOT s."IsOwnedByProfile"
          WHERE a."ExpirationDate" IS NULL OR a."ExpirationDate" > now()`,
      ),
      this.#pool.query('SELECT * FROM org."ObjectPermissions"'),
      this.#pool.query('SELECT * FROM org."FieldPermissions"'),
    ]);
    this.#profileNames = new Map(profiles.rows.map(({ Id, Name }) => [Id, Name]));
    this.#administrators = new Set(
      profiles.rows.filter(({ Name }) => Name === ADMINISTRATOR).map(({ Id }) => Id),
    );
    this.#sets = new Map(sets.rows.map((row) => [row.Id, rightsOf(row)]));
    this.#setsOf = new Map();
    for (const { owner, set } of assigned.rows) {
      const own = this.#setsOf.get(owner) ?? new Set<string>();
      this.#setsOf.set(owner, own.add(set));
    }
    for (const row of objects.rows) addObject(this.#sets.get(row.ParentId), row);
    for (const row of fields.rows) addField(this.#sets.get(row.ParentId), row);
    this.#unions = new Map();
    this.#permissionable = new Map();
  }

  isAdministrator(profileId: string): boolean {
    return this.#administrators.has(profileId);
  }

  profileName(profileId: string): string {
    return this.#profileNames.get(profileId) ?? '';
  }

  /** What a user may do (005…), or whoever has this profile and nothing else (00e…); follows every reload. */
  accessOf(userOrProfileId: string): Access {
    const rights = () => this.#union(userOrProfileId);
    const system = (permission: string) => rights().system.has(permission);
    const viewsAll = (name: string) =>
      system('ViewAllData') || own(name, 'ViewAllRecords') || modifiesAll(name);
    const modifiesAll = (name: string) => system('ModifyAllData') || own(name, 'ModifyAllRecords');
    const own = (name: string, right: ObjectRight) =>
      rights().objects.has(`${name.toLowerCase()}.${right}`);
    const object = (name: string, right: ObjectRight): boolean => {
      const known = this.#schema.object(name);
      if (known === undefined) return false;
      if (known.neededSetting !== undefined && !this.#settings[known.neededSetting]) return false;
      const source = sourceOf(known);
      if (system('ModifyAllData')) return true;
      if (source.kind === 'system') return right === 'Read' || system(source.permission);
      if (source.kind === 'parent')
        return object(source.object, right === 'Read' ? 'Read' : 'Edit');
      return own(name, right) || (right === 'Read' && system('ViewAllData'));
    };
    const field = (of: string, name: string, right: FieldRight): boolean => {
      const { answers } = rights();
      const asked = `${of}.${name}.${right}`;
      const known = answers.get(asked);
      if (known !== undefined) return known;
      const answer = object(of, 'Read') && fieldRight(of, name, right);
      answers.set(asked, answer);
      return answer;
    };
    const fieldRight = (of: string, name: string, right: FieldRight): boolean => {
      const key = `${of}.${name}`.toLowerCase();
      if (this.#isPermissionable(key, of, name)) return rights().fields.has(`${key}.${right}`);
      return !rights().hidden.has(key);
    };
    return {
      canRead: (name) => object(name, 'Read'),
      canCreate: (name) => object(name, 'Create'),
      canEdit: (name) => object(name, 'Edit'),
      canDelete: (name) => object(name, 'Delete'),
      canViewAll: viewsAll,
      canModifyAll: modifiesAll,
      canReadField: (of, name) => field(of, name, 'Read'),
      canEditField: (of, name) => field(of, name, 'Edit'),
      has: (permission: SystemPermission) => system(permission),
    };
  }

  #union(ownerId: string): Rights {
    const known = this.#unions.get(ownerId);
    if (known !== undefined) return known;
    const sets = [...(this.#setsOf.get(ownerId) ?? [])].flatMap((id) => this.#sets.get(id) ?? []);
    const all = (part: Exclude<keyof Rights, 'answers'>) =>
      new Set(sets.flatMap((rights) => [...rights[part]]));
    const union: Rights = {
      system: all('system'),
      objects: all('objects'),
      fields: all('fields'),
      hidden: all('hidden'),
      answers: new Map(),
    };
    this.#unions.set(ownerId, union);
    return union;
  }

  #isPermissionable(key: string, objectName: string, name: string): boolean {
    const known = this.#permissionable.get(key);
    if (known !== undefined) return known;
    const object = this.#schema.object(objectName);
    const field = object && this.#schema.field(object, name);
    const answer = field !== undefined && isPermissionable(object!, field);
    this.#permissionable.set(key, answer);
    return answer;
  }
}

type Row = Record<string, unknown>;

function rightsOf(set: Row): Rights {
  const system = Object.entries(set)
    .filter(([name, value]) => name.startsWith('Permissions') && value === true)
    .map(([name]) => name.slice('Permissions'.length));
  return {
    system: new Set(system),
    objects: new Set(),
    fields: new Set(),
    hidden: new Set(),
    answers: new Map(),
  };
}

function addObject(rights: Rights | undefined, row: Row): void {
  const name = String(row.SobjectType).toLowerCase();
  for (const right of ['Read', 'Create', 'Edit', 'Delete', 'ViewAllRecords', 'ModifyAllRecords'])
    if (row[`Permissions${right}`] === true) rights?.objects.add(`${name}.${right}`);
}

function addField(rights: Rights | undefined, row: Row): void {
  const name = String(row.Field).toLowerCase();
  for (const right of ['Read', 'Edit'])
    if (row[`Permissions${right}`] === true) rights?.fields.add(`${name}.${right}`);
  if (row.PermissionsRead !== true) rights?.hidden.add(name);
}
