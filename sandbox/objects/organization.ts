import type { ObjectFacts } from './facts.ts';
import { geocodeAccuracies, LOCALES, TIME_ZONES } from './shared.ts';

const restrictedPicklist = true;

export const organization: ObjectFacts = {
  name: 'Organization',
  keyPrefix: '00D',
  createable: false,
  deletable: false,
  replicateable: false,
  fields: {
    Name: { nameField: true },
    TimeZoneSidKey: { restrictedPicklist, picklist: TIME_ZONES },
    DefaultLocaleSidKey: { restrictedPicklist, picklist: LOCALES },
    LanguageLocaleKey: { restrictedPicklist },
    ...geocodeAccuracies(''),
  },
};
