import type { Field, FieldType, PicklistValue } from '../schema.ts';

/** What a data file says about a field; the rest follows from the type. */
export interface FieldSpec extends Partial<Omit<Field, 'picklistValues'>> {
  name: string;
  type: FieldType;
  /** Values with label = value; `picklistValues` for anything finer. */
  picklist?: readonly string[];
  picklistValues?: PicklistValue[];
}

const LENGTH: Partial<Record<FieldType, number>> = {
  id: 18,
  reference: 18,
  string: 255,
  picklist: 255,
  combobox: 255,
  textarea: 255,
  url: 255,
  anyType: 255,
  encryptedstring: 175,
  multipicklist: 4099,
  email: 80,
  phone: 40,
};

const isNumber = (type: FieldType) => ['double', 'currency', 'percent'].includes(type);
const isCompound = (type: FieldType) => type === 'address' || type === 'location';

/** Text areas longer than this can be neither filtered, sorted nor grouped. */
const LONGEST_FILTERABLE_TEXT = 255;

export const picklistOf = (values: readonly string[]): PicklistValue[] =>
  values.map((value) => ({ value, label: value, active: true, defaultValue: false }));

/** A whole field from what differs; custom when its name ends in `__c`. */
export function makeField(spec: FieldSpec): Field {
  const { picklist, ...facts } = spec;
  const { name, type } = spec;
  const custom = name.endsWith('__c');
  const written = (spec.formula ?? null) === null && !isCompound(type) && type !== 'id';
  const length = spec.length ?? LENGTH[type] ?? 0;
  const searchable =
    type !== 'base64' && !(type === 'textarea' && length > LONGEST_FILTERABLE_TEXT);
  const ordered = searchable && type !== 'multipicklist' && !isCompound(type);
  return {
    label: name.replace(/__c$/, '').replaceAll('_', ' '),
    length,
    precision: isNumber(type) ? 18 : 0,
    scale: 0,
    nillable: type !== 'boolean' && type !== 'id',
    createable: written,
    updateable: written,
    defaultedOnCreate: type === 'boolean' && written,
    filterable: searchable,
    groupable: ordered && !isNumber(type) && !['datetime', 'time'].includes(type),
    sortable: ordered,
    referenceTo: [],
    relationshipName: custom && type === 'reference' ? name.replace(/__c$/, '__r') : null,
    childRelationshipName: null,
    onDelete: 'SetNull',
    compoundFieldName: null,
    picklistValues: picklistOf(picklist ?? []),
    restrictedPicklist: false,
    unique: false,
    externalId: false,
    idLookup: spec.externalId === true || type === 'id',
    caseSensitive: false,
    nameField: false,
    custom,
    formula: null,
    defaultValue: type === 'boolean' && written ? false : null,
    ...facts,
  };
}

/** The same field with what else is known of it. */
export function changeField(field: Field, change: Partial<FieldSpec>): Field {
  const { picklist, ...facts } = change;
  return {
    ...field,
    ...(picklist === undefined ? {} : { picklistValues: picklistOf(picklist) }),
    ...(facts.formula == null ? {} : { createable: false, updateable: false }),
    ...facts,
  };
}
