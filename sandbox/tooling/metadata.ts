import type { FieldSpec } from '../objects/field.ts';
import type { Field, FieldType, PicklistValue } from '../schema.ts';
import { badEnum, integrity, mustSpecify } from './failures.ts';

export type Metadata = Record<string, unknown>;

/** A type of the Metadata API: what it is in describe, and what must be said of it. */
interface Kind {
  type: FieldType;
  needs?: string[];
  /** What of the metadata the field takes over. */
  facts?(metadata: Metadata): Partial<FieldSpec>;
}

function decimals(metadata: Metadata) {
  const precision = whole(metadata, 'precision', 1, 18);
  const scale = whole(metadata, 'scale', 0, 17);
  if (scale > precision) throw integrity('Scale must not be larger than precision');
  return { precision, scale };
}

const KINDS: Record<string, Kind> = {
  Text: {
    type: 'string',
    needs: ['length'],
    facts: (m) => ({ length: whole(m, 'length', 1, 255) }),
  },
  TextArea: { type: 'textarea', facts: () => ({ length: 255 }) },
  LongTextArea: {
    type: 'textarea',
    needs: ['length', 'visibleLines'],
    facts: (m) => ({ length: whole(m, 'length', 256, 131_072) }),
  },
  Html: {
    type: 'textarea',
    needs: ['length', 'visibleLines'],
    facts: (m) => ({ length: whole(m, 'length', 256, 131_072) }),
  },
  Number: { type: 'double', needs: ['precision', 'scale'], facts: decimals },
  Currency: { type: 'currency', needs: ['precision', 'scale'], facts: decimals },
  Percent: { type: 'percent', needs: ['precision', 'scale'], facts: decimals },
  Checkbox: {
    type: 'boolean',
    needs: ['defaultValue'],
    facts: (m) => ({ defaultValue: String(m.defaultValue) === 'true', nillable: false }),
  },
  Date: { type: 'date' },
  DateTime: { type: 'datetime' },
  Time: { type: 'time' },
  Email: { type: 'email' },
  Phone: { type: 'phone' },
  Url: { type: 'url' },
  Picklist: { type: 'picklist', needs: ['valueSet'], facts: picklist },
  MultiselectPicklist: {
    type: 'multipicklist',
    needs: ['valueSet', 'visibleLines'],
    facts: picklist,
  },
  Lookup: { type: 'reference', needs: ['referenceTo', 'relationshipName'], facts: lookup },
  MasterDetail: {
    type: 'reference',
    needs: ['referenceTo', 'relationshipName'],
    facts: (m) => ({ ...lookup(m), nillable: false, onDelete: 'Cascade' }),
  },
};

/** Types of Salesforce's that this org cannot make fields of. */
const MISSING = [
  'AutoNumber',
  'Summary',
  'EncryptedText',
  'Location',
  'ExternalLookup',
  'Hierarchy',
];

/** The field that a CustomField's metadata describes, without its name. Throws Salesforce's refusals. */
export function fieldFacts(metadata: Metadata): Partial<FieldSpec> & { type: FieldType } {
  const name = metadata.type;
  if (typeof name !== 'string' || name === '')
    throw integrity('Field type is required', ['Metadata']);
  if (MISSING.includes(name)) throw integrity(`This org cannot make fields of type ${name}`);
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name]! : undefined;
  if (kind === undefined) throw badEnum(name, 'FieldType');
  for (const needed of kind.needs ?? [])
    if (metadata[needed] === undefined || metadata[needed] === null)
      throw mustSpecify(needed, name);
  if (typeof metadata.label !== 'string' || metadata.label.trim() === '')
    throw mustSpecify('label', name);
  if (metadata.unique === true && !['Text', 'Number', 'Email'].includes(name))
    throw integrity(`Can not specify 'unique' for a CustomField of type ${name}`);
  if (metadata.externalId === true && !['Text', 'Number', 'Email'].includes(name))
    throw integrity(`Can not specify 'externalId' for a CustomField of type ${name}`);
  const externalId = metadata.externalId === true;
  return {
    type: kind.type,
    label: metadata.label.slice(0, 40),
    externalId,
    idLookup: externalId,
    unique: metadata.unique === true,
    caseSensitive: metadata.caseSensitive === true,
    ...(metadata.required === true ? { nillable: false } : {}),
    ...defaultOf(metadata, name),
    ...kind.facts?.(metadata),
  };
}

const TEXTS = ['Text', 'TextArea', 'Email', 'Phone', 'Url'];
const NUMBERS = ['Number', 'Currency', 'Percent'];

/** Defaults are formulas; a plain text or number in one is taken as it is. */
function defaultOf(metadata: Metadata, type: string): Partial<FieldSpec> {
  const { defaultValue } = metadata;
  if (defaultValue === undefined || defaultValue === null || type === 'Checkbox') return {};
  const text = /^(["'])(.*)\1$/.exec(String(defaultValue))?.[2];
  if (TEXTS.includes(type) && text !== undefined && text.length <= Number(metadata.length ?? 255))
    return { defaultValue: text, defaultedOnCreate: true };
  const number = Number(defaultValue);
  if (NUMBERS.includes(type) && Number.isFinite(number) && String(defaultValue).trim() !== '') {
    const { precision, scale } = decimals(metadata);
    if (Math.abs(number) < 10 ** (precision - scale))
      return { defaultValue: number, defaultedOnCreate: true };
  }
  throw integrity('This org takes a fitting plain text or number as defaultValue, and no formula', [
    'DefaultValue',
  ]);
}

function whole(metadata: Metadata, name: string, least: number, most: number): number {
  const value = Number(metadata[name]);
  if (!Number.isInteger(value) || value < least || value > most)
    throw integrity(`Value for ${name} must be between ${least} and ${most}.`);
  return value;
}

function picklist(metadata: Metadata): Partial<FieldSpec> {
  const { restricted, valueSetDefinition, valueSetName } = Object(metadata.valueSet);
  if (valueSetName) throw integrity('This org has no global value sets');
  const given: unknown = Object(valueSetDefinition).value;
  if (!Array.isArray(given) || given.length === 0)
    throw integrity('At least one value is required to create this picklist.');
  const values = given.map((one): PicklistValue => {
    const { fullName, valueName, label, default: isDefault, isActive } = Object(one);
    const value = fullName ?? valueName ?? label;
    if (typeof value !== 'string' || value === '')
      throw integrity('Value is required for picklist');
    return {
      value,
      label: typeof label === 'string' && label !== '' ? label : value,
      active: isActive !== false,
      defaultValue: isDefault === true,
    };
  });
  const names = values.map(({ value }) => value.toLowerCase());
  const twin = names.find((name, i) => names.indexOf(name) !== i);
  if (twin !== undefined) throw integrity(`Duplicate picklist value: ${twin}`);
  return { picklistValues: values, restrictedPicklist: restricted === true };
}

const ON_DELETE: Record<string, 'SetNull' | 'Restrict' | 'Cascade'> = {
  SetNull: 'SetNull',
  Restrict: 'Restrict',
  Cascade: 'Cascade',
};

function lookup(metadata: Metadata): Partial<FieldSpec> {
  const { referenceTo, relationshipName, deleteConstraint = 'SetNull' } = metadata;
  if (typeof relationshipName !== 'string' || !/^[A-Za-z]\w*$/.test(relationshipName))
    throw mustSpecify('relationshipName', String(metadata.type));
  const onDelete = ON_DELETE[String(deleteConstraint)];
  if (onDelete === undefined) throw badEnum(String(deleteConstraint), 'DeleteConstraint');
  return {
    referenceTo: [String(referenceTo)],
    childRelationshipName: relationshipName.replace(/__r$/, ''),
    onDelete,
  };
}

/** A field as its CustomField's metadata. */
export function metadataOf(field: Field): Metadata {
  const name =
    Object.entries(KINDS).find(
      ([kind, { type }]) => type === field.type && fits(kind, field),
    )?.[0] ?? 'Text';
  const isText = ['string', 'textarea'].includes(field.type);
  const isNumber = ['double', 'currency', 'percent'].includes(field.type);
  const isPicklist = ['picklist', 'multipicklist'].includes(field.type);
  return {
    caseSensitive: field.unique ? field.caseSensitive : null,
    defaultValue: field.defaultValue === null ? null : String(field.defaultValue),
    deleteConstraint: field.type === 'reference' ? field.onDelete : null,
    description: null,
    externalId: field.externalId,
    formula: field.formula,
    inlineHelpText: null,
    label: field.label,
    length: isText ? field.length : null,
    precision: isNumber ? field.precision : null,
    referenceTo: field.referenceTo[0] ?? null,
    relationshipName: field.type === 'reference' ? field.childRelationshipName : null,
    required: !field.nillable && field.type !== 'boolean',
    scale: isNumber ? field.scale : null,
    type: name,
    unique: field.unique,
    valueSet: isPicklist
      ? {
          controllingField: null,
          restricted: field.restrictedPicklist,
          valueSetDefinition: {
            sorted: false,
            value: field.picklistValues.map((value) => ({
              default: value.defaultValue,
              isActive: value.active ? null : false,
              label: value.label,
              valueName: value.value,
            })),
          },
          valueSetName: null,
          valueSettings: [],
        }
      : null,
    visibleLines: null,
  };
}

function fits(kind: string, field: Field): boolean {
  if (kind === 'TextArea') return field.length <= 255;
  if (kind === 'MasterDetail') return field.onDelete === 'Cascade' && !field.nillable;
  if (kind === 'Lookup') return field.onDelete !== 'Cascade' || field.nillable;
  return true;
}
