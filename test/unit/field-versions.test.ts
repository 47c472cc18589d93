import { describe, expect, it } from 'vitest';
import { type FieldConfig, type FieldMapping, mapObjects } from '../../src/sync/field-map.ts';
import { objectSpec } from '../../src/sync/objects.ts';

const CONFIG: FieldConfig = { externalIdField: 'Tandem_Id__c', objects: {} };

function described(object: string, type: string) {
  const field = { name: 'Grade__c', type, length: 255, scale: 0, createable: true };
  const more = { updateable: true, calculated: false, custom: true };
  return {
    spec: objectSpec(object),
    describe: { name: object, fields: [{ ...field, ...more }] },
  };
}

/** The column of Grade__c of each object, after its types went through `history`, one schema sync each. */
function columnsAfter(history: Record<string, string>[], config = CONFIG): string[] {
  let known: FieldMapping[] = [];
  for (const types of history) {
    const mapped = mapObjects(
      Object.entries(types).map(([object, type]) => described(object, type)),
      config,
      known,
    );
    const gone = known.filter(({ object }) => !(object in types));
    known = [...mapped, ...gone];
  }
  return known.map(({ object, column }) => `${object} ${column}`);
}

describe('J2: columns of changed types', () => {
  it('a field that went and comes back has the column of its version', () => {
    const history = [{ Lead: 'string' }, { Lead: 'double' }, {}, { Lead: 'double' }];
    expect(columnsAfter(history)).toEqual(['Lead grade__c_v2']);
  });

  it('a field that was out of the way of another object’s gets a version of its own column', () => {
    const first = { Lead: 'double', Contact: 'string' };
    const next = { Lead: 'double', Contact: 'date' };
    const columns = ['Lead grade__c', 'Contact grade__c_contact_v2'];
    expect(columnsAfter([first, next])).toEqual(columns);
    expect(columnsAfter([first, next, next])).toEqual(columns);
  });

  it('a version that is another object’s is gone out of the way of, for good', () => {
    const history = [
      { Lead: 'string', Contact: 'string' },
      { Lead: 'double', Contact: 'date' },
      { Lead: 'double', Contact: 'date' },
    ];
    expect(columnsAfter(history)).toEqual(['Lead grade__c_v2', 'Contact grade__c_v2_contact']);
  });

  it('a field switched off and on again has the column of its version', () => {
    const off = { ...CONFIG, objects: { Lead: { fields: { Grade__c: { way: 'off' } } } } } as const;
    let known = mapObjects([described('Lead', 'string')], CONFIG);
    known = mapObjects([described('Lead', 'double')], CONFIG, known);
    known = mapObjects([described('Lead', 'double')], off, known);
    known = mapObjects([described('Lead', 'double')], off, known);
    expect(mapObjects([described('Lead', 'double')], CONFIG, known)[0]!.column).toBe('grade__c_v2');
  });

  it('a column of another type that the table has is left alone (C4, J1)', () => {
    const held = {
      ...{ object: 'person', field: 'grade__c', column: 'grade__c' },
      ...{ columnType: 'text', direction: 'pull' as const },
    };
    const [mapped] = mapObjects(
      [described('Lead', 'double')],
      CONFIG,
      [],
      new Map([['person', [held]]]),
    );
    expect(mapped!.column).toBe('grade__c_lead');
  });
});
