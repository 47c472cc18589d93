/** Fields as describe shows them, and their map without or with config. */
import {
  type DescribedField,
  type FieldConfig,
  type FieldMapping,
  mapFields,
} from '../../src/sync/field-map.ts';
import { objectSpec } from '../../src/sync/objects.ts';

export const NO_CONFIG: FieldConfig = { externalIdField: 'Tandem_Id__c', objects: {} };

export function field(name: string, over: Partial<DescribedField> = {}): DescribedField {
  return {
    name,
    type: 'string',
    length: 255,
    scale: 0,
    createable: true,
    updateable: true,
    calculated: false,
    custom: name.endsWith('__c'),
    ...over,
  };
}

const readOnly = { createable: false, updateable: false };
export const LEAD = [
  field('Id', { type: 'id', ...readOnly }),
  field('IsDeleted', { type: 'boolean', ...readOnly }),
  field('CreatedDate', { type: 'datetime', ...readOnly }),
  field('SystemModstamp', { type: 'datetime', ...readOnly }),
  field('LastModifiedDate', { type: 'datetime', ...readOnly }),
  field('LastName'),
  field('FirstName'),
  field('Name', readOnly),
  field('Company'),
  field('Street', { type: 'textarea' }),
  field('Address', { type: 'address', ...readOnly }),
  field('OwnerId', { type: 'reference' }),
  field('AnnualRevenue', { type: 'currency' }),
  field('NumberOfEmployees', { type: 'int' }),
  field('Rating', { type: 'picklist' }),
  field('Photo__c', { type: 'base64' }),
  field('Shared__c'),
  field('Grade__c', { type: 'double' }),
  field('Days_Open__c', { type: 'double', calculated: true, ...readOnly }),
  field('Tandem_Id__c', { updateable: true }),
];

export const lead = (config: FieldConfig = NO_CONFIG, fields = LEAD) =>
  mapFields(objectSpec('Lead'), { name: 'Lead', fields }, config);
export const withFields = (
  object: string,
  fields: FieldConfig['objects'][string]['fields'],
): FieldConfig => ({
  ...NO_CONFIG,
  objects: { [object]: { fields } },
});
export const of = (mappings: FieldMapping[], name: string) => {
  const found = mappings.find((mapping) => mapping.field === name);
  if (!found) throw new Error(`${name} is not mapped.`);
  return found;
};
