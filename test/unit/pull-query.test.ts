import { describe, expect, it } from 'vitest';
import { pullQuery } from '../../src/sync/pull-query.ts';

describe('the SOQL of a pull', () => {
  it('has fields, condition, window and the order (SystemModstamp, Id)', () => {
    expect(
      pullQuery({
        object: 'Group',
        fields: ['Id', 'SystemModstamp', 'Name', 'Id'],
        where: "Type = 'Queue' OR Type = 'X'",
        after: '2026-03-01T11:50:00Z',
        until: '2026-03-01T12:00:00.000Z',
        ordered: true,
      }),
    ).toBe(
      "SELECT Id, SystemModstamp, Name FROM Group WHERE (Type = 'Queue' OR Type = 'X')" +
        ' AND SystemModstamp > 2026-03-01T11:50:00.000Z AND SystemModstamp <= 2026-03-01T12:00:00.000Z' +
        ' ORDER BY SystemModstamp, Id',
    );
  });

  it('trap 5: of an initial load has no order and no bound', () => {
    expect(pullQuery({ object: 'Lead', fields: ['Id'], ordered: false })).toBe(
      'SELECT Id FROM Lead',
    );
  });

  it('takes no name or instant that is something else', () => {
    const base = { object: 'Lead', fields: ['Id'], ordered: false };
    expect(() => pullQuery({ ...base, object: 'Lead WHERE' })).toThrow('not a Salesforce API name');
    expect(() => pullQuery({ ...base, fields: ['Id, Name'] })).toThrow('not a Salesforce API name');
    expect(() => pullQuery({ ...base, fields: [] })).toThrow('at least one field');
    expect(() => pullQuery({ ...base, after: 'YESTERDAY' })).toThrow('not an instant');
    expect(() => pullQuery({ ...base, until: '2026-03-01T99:00:00Z' })).toThrow('not an instant');
  });
});
