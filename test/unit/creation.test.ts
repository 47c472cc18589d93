import { describe, expect, it } from 'vitest';
import { creationFields } from '../../src/sync/creation.ts';
import { objectSpec } from '../../src/sync/objects.ts';
import { lead, withFields } from './described-fields.ts';

describe('C6: a record that is created', () => {
  const defaults = { lastName: 'Unknown', company: 'No company' };
  it('takes the default only where Salesforce insists and nothing is there', () => {
    expect(
      creationFields(objectSpec('Lead'), lead(), { last_name: 'Okri', rating: null }, defaults),
    ).toEqual({
      LastName: 'Okri',
      Company: 'No company',
    });
  });

  it('sends what may be created and moves that way, in the form of JSON', () => {
    const values = {
      company: 'X',
      last_name: 'Y',
      annual_revenue: '5.50',
      sfdc_is_deleted: 'true',
      rating: 'Hot',
    };
    const mapped = lead(withFields('Lead', { Rating: { way: 'pull' } }));
    expect(creationFields(objectSpec('Lead'), mapped, values, defaults)).toEqual({
      Company: 'X',
      LastName: 'Y',
      AnnualRevenue: 5.5,
    });
  });
});
