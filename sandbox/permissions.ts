import type { Pool } from 'pg';
import type { Access } from './access.ts';

/** The one profile that may do everything, whatever the tables say. */
const ADMINISTRATOR = 'System Administrator';

interface ObjectPermission {
  read: boolean;
  create: boolean;
  edit: boolean;
  delete: boolean;
}

interface FieldPermission {
  read: boolean;
  edit: boolean;
}

/**
 * What each profile may see and do, from org_meta.object_permission (no row: no access) and
 * org_meta.field_permission (no row: full access). Held in memory; `reload` after a change.
 */
export class Permissions {
  readonly #pool: Pool;
  #administrators = new Set<string>();
  #objects = new Map<string, ObjectPermission>();
  #fields = new Map<string, FieldPermission>();

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  static async load(pool: Pool): Promise<Permissions> {
    const permissions = new Permissions(pool);
    await permissions.reload();
    return permissions;
  }

  async reload(): Promise<void> {
    const [profiles, objects, fields] = await Promise.all([
      this.#pool.query('SELECT "Id" FROM org."Profile" WHERE "Name" = $1', [ADMINISTRATOR]),
      this.#pool.query('SELECT * FROM org_meta.object_permission'),
      this.#pool.query('SELECT * FROM org_meta.field_permission'),
    ]);
    this.#administrators = new Set(profiles.rows.map((row) => row.Id));
    this.#objects = new Map(objects.rows.map((row) => [key(row.profile_id, row.object), row]));
    this.#fields = new Map(
      fields.rows.map((row) => [key(row.profile_id, row.object, row.field), row]),
    );
  }

  isAdministrator(profileId: string): boolean {
    return this.#administrators.has(profileId);
  }

  /** What users of a profile may do; follows every reload. */
  accessOf(profileId: string): Access {
    const object = (name: string, right: keyof ObjectPermission) =>
      this.isAdministrator(profileId) || this.#objects.get(key(profileId, name))?.[right] === true;
    const field = (of: string, name: string, right: keyof FieldPermission) =>
      this.isAdministrator(profileId) ||
      this.#fields.get(key(profileId, of, name))?.[right] !== false;
    return {
      canRead: (name) => object(name, 'read'),
      canCreate: (name) => object(name, 'create'),
      canEdit: (name) => object(name, 'edit'),
      canDelete: (name) => object(name, 'delete'),
      canReadField: (of, name) => object(of, 'read') && field(of, name, 'read'),
      canEditField: (of, name) =>
        object(of, 'read') && field(of, name, 'read') && field(of, name, 'edit'),
    };
  }
}

function key(profileId: string, ...names: string[]): string {
  return `${profileId}.${names.join('.').toLowerCase()}`;
}
