import type { ObjectFacts } from './facts.ts';
import { geocodeAccuracies, LOCALES, PERSON_NAME, TIME_ZONES } from './shared.ts';

const restrictedPicklist = true;

export const user: ObjectFacts = {
  name: 'User',
  keyPrefix: '005',
  // Users are switched off, never deleted.
  deletable: false,
  searchable: true,
  fields: {
    Name: { nameField: true, formula: PERSON_NAME },
    Email: { idLookup: true },
    Username: { idLookup: true },
    IsActive: { defaultValue: true },
    UserType: { restrictedPicklist, defaultValue: 'Standard' },
    TimeZoneSidKey: { restrictedPicklist, picklist: TIME_ZONES },
    LocaleSidKey: { restrictedPicklist, picklist: LOCALES },
    LanguageLocaleKey: { restrictedPicklist },
    EmailEncodingKey: { restrictedPicklist },
    DigestFrequency: { restrictedPicklist, defaultValue: 'D' },
    DefaultGroupNotificationFrequency: { restrictedPicklist, defaultValue: 'N' },
    ManagerId: { childRelationshipName: 'ManagedUsers' },
    UserRoleId: { onDelete: 'Restrict', childRelationshipName: 'Users' },
    ProfileId: { onDelete: 'Restrict', childRelationshipName: 'Users' },
    ...geocodeAccuracies(''),
  },
};
