import type { Behaviour } from '../behaviour.ts';
import {
  fieldPermissionsBehaviour,
  objectPermissionsBehaviour,
  permissionSetAssignmentBehaviour,
  permissionSetBehaviour,
  userRights,
} from './permissions.ts';

/** Each object's behaviours, in the order in which they run. */
export const BEHAVIOURS: Record<string, readonly Behaviour[] | undefined> = {
  FieldPermissions: [fieldPermissionsBehaviour],
  ObjectPermissions: [objectPermissionsBehaviour],
  PermissionSet: [permissionSetBehaviour],
  PermissionSetAssignment: [permissionSetAssignmentBehaviour],
  User: [userRights],
};
