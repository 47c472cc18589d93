import type { Access } from '../access.ts';

const yes = () => true;

/** Definitions are seen whole; who may change them is asked before a change. */
export const allSeeing: Access = {
  canRead: yes,
  canCreate: yes,
  canEdit: yes,
  canDelete: yes,
  canViewAll: yes,
  canModifyAll: yes,
  canReadField: yes,
  canEditField: yes,
  has: yes,
};
