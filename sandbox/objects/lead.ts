import type { ObjectFacts } from './facts.ts';
import { geocodeAccuracies, PERSON_NAME } from './shared.ts';
import { LEAD_STATUSES, picklistOfStatuses } from './statuses.ts';

export const lead: ObjectFacts = {
  name: 'Lead',
  keyPrefix: '00Q',
  undeletable: true,
  mergeable: true,
  searchable: true,
  fields: {
    Name: { nameField: true, formula: PERSON_NAME },
    // Required wherever Person Accounts are off.
    Company: { nillable: false },
    LastName: { nillable: false },
    Email: { idLookup: true },
    Status: { picklistValues: picklistOfStatuses(LEAD_STATUSES) },
    OwnerId: { onDelete: 'Restrict' },
    PhotoUrl: { formula: `'/services/images/photo/' || "Id"` },
    ...geocodeAccuracies(''),
  },
};
