import { expect } from 'vitest';

export const lead = (fields: object = {}) => ({
  attributes: { type: 'Lead' },
  LastName: 'Sato',
  Company: 'Kyoto KK',
  ...fields,
});

/** A record that went well. */
export const ok = { id: expect.any(String), success: true, errors: [] };
