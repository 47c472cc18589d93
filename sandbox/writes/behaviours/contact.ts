import type { Behaviour } from '../behaviour.ts';
import { refuseLoops } from './hierarchy.ts';
import { copyFromPeople, shownFields } from './member-person.ts';

const SHOWN = shownFields('Contact');

export const contact: Behaviour = {
  beforeSave: (client, _context, save) => refuseLoops(client, save, 'ReportsToId'),
  async afterSave(client, { org }, save) {
    if (save.kind === 'insert') return;
    const changed = save.drafts.filter(({ values }) =>
      [...values.keys()].some((name) => SHOWN.has(name)),
    );
    await copyFromPeople(
      client,
      org,
      'Contact',
      changed.map(({ id }) => id!),
    );
  },
};
