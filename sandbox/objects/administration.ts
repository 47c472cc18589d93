import type { ObjectFacts } from './facts.ts';

/** Without rows until the org has more than one currency. */
export const currencyType: ObjectFacts = {
  name: 'CurrencyType',
  neededSetting: 'multiCurrency',
  label: 'Currency Type',
  keyPrefix: '01L',
  deletable: false,
  fields: { IsoCode: { restrictedPicklist: true } },
};

export const groupMember: ObjectFacts = {
  name: 'GroupMember',
  label: 'Group Member',
  keyPrefix: '011',
  updateable: false,
  fields: {
    GroupId: { onDelete: 'Cascade', childRelationshipName: 'GroupMembers' },
    UserOrGroupId: { onDelete: 'Cascade' },
  },
};

export const assignmentRule: ObjectFacts = {
  name: 'AssignmentRule',
  label: 'Assignment Rule',
  keyPrefix: '01Q',
  createable: false,
  updateable: false,
  deletable: false,
  replicateable: false,
  fields: { Name: { nameField: true }, SobjectType: { restrictedPicklist: true } },
};

const access = { restrictedPicklist: true };

export const userRole: ObjectFacts = {
  name: 'UserRole',
  label: 'Role',
  keyPrefix: '00E',
  fields: {
    Name: { nameField: true },
    // The API does not name the role above, only gives its id.
    ParentRoleId: { onDelete: 'Restrict' },
    OpportunityAccessForAccountOwner: { ...access, defaultValue: 'Edit' },
    CaseAccessForAccountOwner: { ...access, defaultValue: 'Edit' },
    ContactAccessForAccountOwner: { ...access, defaultValue: 'Edit' },
    PortalType: { restrictedPicklist: true, defaultValue: 'None' },
  },
};
