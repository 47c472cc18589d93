import type { SystemPermission } from './objects/permission-set.ts';

/** What a user's profile and permission sets allow. Names compare without case. */
export interface Access {
  canRead(object: string): boolean;
  canCreate(object: string): boolean;
  canEdit(object: string): boolean;
  canDelete(object: string): boolean;
  /** Whatever sharing says: every row of the object. */
  canViewAll(object: string): boolean;
  canModifyAll(object: string): boolean;
  /** Field-level security: a hidden field does not exist for this user, in describe, queries and writes. */
  canReadField(object: string, field: string): boolean;
  canEditField(object: string, field: string): boolean;
  /** A system permission, `PermissionsApiEnabled` of a permission set without its first word. */
  has(permission: SystemPermission): boolean;
}
