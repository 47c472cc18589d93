import type { ObjectFacts } from './facts.ts';
import { geocodeAccuracies } from './shared.ts';

const restrictedPicklist = true;

export const organization: ObjectFacts = {
  name: 'Organization',
  keyPrefix: '00D',
  createable: false,
  deletable: false,
  replicateable: false,
  fields: {
    Name: { nameField: true },
    TimeZoneSidKey: { restrictedPicklist },
    DefaultLocaleSidKey: { restrictedPicklist },
    LanguageLocaleKey: { restrictedPicklist },
    ...geocodeAccuracies(''),
  },
};
