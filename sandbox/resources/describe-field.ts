import type { Access } from '../access.ts';
import { isPermissionable } from '../permission-sources.ts';
import type { Field, PicklistValue, SObject } from '../schema.ts';
import { SOAP_TYPES } from '../soap-types.ts';

const NAME_PARTS = ['Salutation', 'FirstName', 'MiddleName', 'LastName', 'Suffix'];

/** A field as describe shows it to this caller. */
export function describeField(object: SObject, field: Field, access: Access): object {
  const isText = SOAP_TYPES[field.type] === 'xsd:string';
  const isReference = field.type === 'reference';
  const isStored = field.formula === null;
  const isFormula = !isStored && field.custom;
  const mayEdit = access.canEditField(object.name, field.name);
  const isCompound = field.type === 'address' || field.type === 'location';
  return {
    aggregatable:
      !['boolean', 'address', 'location', 'base64'].includes(field.type) && field.filterable,
    aiPredictionField: false,
    autoNumber: false,
    byteLength: field.type === 'id' || isReference ? 18 : isText ? field.length * 3 : 0,
    calculated: isFormula,
    calculatedFormula: null,
    cascadeDelete: isReference && field.onDelete === 'Cascade',
    caseSensitive: field.caseSensitive,
    compoundFieldName: field.compoundFieldName,
    controllerName: controllerOf(object, field)?.name ?? null,
    createable: field.createable && mayEdit,
    custom: field.custom,
    defaultValue: defaultOf(field),
    defaultValueFormula: null,
    defaultedOnCreate: field.defaultedOnCreate,
    dependentPicklist: controllerOf(object, field) !== undefined,
    deprecatedAndHidden: false,
    digits: field.type === 'int' ? field.precision || 8 : 0,
    displayLocationInDecimal: false,
    encrypted: field.type === 'encryptedstring',
    externalId: field.externalId,
    extraTypeInfo: extraTypeInfo(object, field),
    filterable: field.filterable,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: field.groupable,
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: field.idLookup,
    inlineHelpText: null,
    label: field.label,
    length: field.length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField,
    namePointing: isReference && field.referenceTo.length > 1,
    nillable: field.nillable,
    permissionable: isPermissionable(object, field),
    picklistValues: field.picklistValues.map((value) => ({
      active: value.active,
      defaultValue: value.defaultValue,
      label: value.label,
      validFor: validFor(controllerOf(object, field), value),
      value: value.value,
    })),
    polymorphicForeignKey: isReference && field.referenceTo.length > 1,
    precision: field.type === 'int' ? 0 : field.precision,
    queryByDistance: isCompound,
    referenceTargetField: null,
    referenceTo: field.referenceTo.filter((name) => access.canRead(name)),
    relationshipName: field.relationshipName,
    relationshipOrder: null,
    restrictedDelete: isReference && field.onDelete === 'Restrict',
    restrictedPicklist: field.restrictedPicklist,
    scale: field.scale,
    searchPrefilterable: isReference && field.filterable,
    soapType: SOAP_TYPES[field.type],
    sortable: field.sortable,
    type: field.type,
    unique: field.unique,
    updateable: field.updateable && mayEdit,
    writeRequiresMasterRead: false,
  };
}

function extraTypeInfo(object: SObject, field: Field): string | null {
  if (field.type === 'textarea') return 'plaintextarea';
  const hasParts = object.fields.some(({ compoundFieldName }) => compoundFieldName === 'Name');
  const isName = field.name === 'Name' || NAME_PARTS.includes(field.name);
  return hasParts && isName && object.name !== 'Account' ? 'personname' : null;
}

/** A sum over other rows begins at 0, but describe gives a default only where one could be written. */
function defaultOf(field: Field): Field['defaultValue'] {
  if (field.type === 'boolean') return field.defaultValue ?? false;
  return field.createable ? field.defaultValue : null;
}

const controllerOf = (object: SObject, { controllerName }: Field): Field | undefined =>
  object.fields.find(({ name }) => name.toLowerCase() === controllerName?.toLowerCase());

/** Base64 comes without padding when it encodes threes of bytes. */
const BYTES_TOGETHER = 3;

/** One bit for each value of the controlling field, the first leftmost, set where it allows this value. */
function validFor(controller: Field | undefined, { validFor }: PicklistValue): string | null {
  if (controller === undefined) return null;
  const choices =
    controller.type === 'boolean'
      ? ['false', 'true']
      : controller.picklistValues.map(({ value }) => value);
  const length = Math.ceil(choices.length / 8 / BYTES_TOGETHER) * BYTES_TOGETHER;
  const bits = Buffer.alloc(length);
  for (const [i, choice] of choices.entries())
    if (validFor === undefined || validFor.includes(choice)) bits[i >> 3]! |= 0x80 >> (i & 7);
  return bits.toString('base64');
}
