import type { Behaviour } from '../behaviour.ts';
import { refuseLoops } from './hierarchy.ts';
import { copyFromPeople } from './member-person.ts';

export const contact: Behaviour = {
  beforeSave: (client, _context, save) => refuseLoops(client, save, 'ReportsToId'),
  afterSave: (client, { org }, save) => copyFromPeople(client, org, 'Contact', save),
};
