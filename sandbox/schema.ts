/** Salesforce field types, as `describe` names them. */
export type FieldType =
  | 'id'
  | 'reference'
  | 'boolean'
  | 'int'
  | 'long'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'time'
  | 'base64'
  | 'address'
  | 'location'
  | 'anyType'
  | 'string'
  | 'picklist'
  | 'multipicklist'
  | 'combobox'
  | 'textarea'
  | 'phone'
  | 'url'
  | 'email'
  | 'encryptedstring';

export interface PicklistValue {
  value: string;
  label: string;
  active: boolean;
  defaultValue: boolean;
  /** Of a dependent picklist: the controlling field's values that allow this one; absent: all of them. */
  validFor?: string[];
}

export interface Field {
  name: string;
  label: string;
  type: FieldType;
  /** Characters; 0 for types without a length. */
  length: number;
  precision: number;
  scale: number;
  nillable: boolean;
  createable: boolean;
  updateable: boolean;
  defaultedOnCreate: boolean;
  filterable: boolean;
  groupable: boolean;
  sortable: boolean;
  referenceTo: string[];
  relationshipName: string | null;
  /** What the rows that refer are called by the row referred to (`Contacts`); null where they cannot be queried from there. */
  childRelationshipName: string | null;
  /** What a delete of the row referred to does: `SetNull`, `Restrict` or `Cascade`. */
  onDelete: 'SetNull' | 'Restrict' | 'Cascade';
  /** With `Cascade`: a lookup that, where it is set, keeps the row; this one is then emptied. */
  keptBy?: string;
  compoundFieldName: string | null;
  picklistValues: PicklistValue[];
  restrictedPicklist: boolean;
  /** Of a dependent picklist: the picklist or checkbox that decides which values there are to choose from. */
  controllerName?: string | null;
  unique: boolean;
  externalId: boolean;
  idLookup: boolean;
  caseSensitive: boolean;
  nameField: boolean;
  custom: boolean;
  /** A SQL expression over the row's columns, quoted by API name; null for a stored field. */
  formula: string | null;
  /** The value on create when none is given, in JSON form. */
  defaultValue: string | number | boolean | null;
}

export interface SObject {
  name: string;
  label: string;
  labelPlural: string;
  keyPrefix: string | null;
  custom: boolean;
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  undeletable: boolean;
  mergeable: boolean;
  queryable: boolean;
  replicateable: boolean;
  searchable: boolean;
  /** The org's setting without which the object is not there. */
  neededSetting?: 'multiCurrency';
  fields: Field[];
}

export interface ChildRelationship {
  childSObject: string;
  field: string;
  relationshipName: string | null;
  cascadeDelete: boolean;
  restrictedDelete: boolean;
}

/** The org's objects and fields; looked up without regard to case, as Salesforce does. */
export class Schema {
  readonly #objects = new Map<string, SObject>();

  constructor(objects: Iterable<SObject>) {
    for (const object of objects) this.put(object);
  }

  put(object: SObject): void {
    this.#objects.set(object.name.toLowerCase(), object);
  }

  object(name: string): SObject | undefined {
    return this.#objects.get(name.toLowerCase());
  }

  objects(): SObject[] {
    return [...this.#objects.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  field(object: SObject, name: string): Field | undefined {
    const wanted = name.toLowerCase();
    return object.fields.find((field) => field.name.toLowerCase() === wanted);
  }

  /** The object whose ids begin with these three characters. */
  objectByPrefix(prefix: string): SObject | undefined {
    return this.objects().find((object) => object.keyPrefix === prefix);
  }

  childRelationships(parent: SObject): ChildRelationship[] {
    return this.objects().flatMap((child) => {
      const fields = child.fields.filter((field) => field.referenceTo.includes(parent.name));
      return fields.map((field) => ({
        childSObject: child.name,
        field: field.name,
        relationshipName: field.custom
          ? customChildren(child, field, fields)
          : (field.childRelationshipName ?? null),
        cascadeDelete: field.onDelete === 'Cascade',
        restrictedDelete: field.onDelete === 'Restrict',
      }));
    });
  }
}

/** `Leads__r`; with the field's name where several fields of one object refer to one parent. */
function customChildren(child: SObject, field: Field, siblings: Field[]): string {
  const [first] = siblings.filter(({ custom }) => custom);
  const own = field === first ? '' : `_${field.name.replace(/__c$/, '')}`;
  const plural = field.childRelationshipName ?? child.labelPlural.replaceAll(/\W/g, '');
  return `${plural}${own}__r`;
}
