import type { Access } from '../access.ts';
import type { Schema, SObject } from '../schema.ts';
import { describeField } from './describe-field.ts';

export interface RecordTypeInfo {
  id: string;
  name: string;
  developerName: string;
  active: boolean;
}

const MASTER_RECORD_TYPE = '012000000000000AAA';

/** An object as describe global lists it; `base` is `/services/data/vNN.0`. */
export function summarise(object: SObject, access: Access, base: string) {
  const path = `${base}/sobjects/${object.name}`;
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: object.createable && access.canCreate(object.name),
    custom: object.custom,
    customSetting: false,
    deepCloneable: false,
    deletable: object.deletable && access.canDelete(object.name),
    deprecatedAndHidden: false,
    feedEnabled: false,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: object.keyPrefix,
    label: object.label,
    labelPlural: object.labelPlural,
    layoutable: object.searchable,
    mergeable: object.mergeable,
    mruEnabled: object.searchable,
    name: object.name,
    queryable: object.queryable,
    replicateable: object.replicateable,
    retrieveable: object.queryable,
    searchable: object.searchable,
    triggerable: object.searchable,
    undeletable: object.undeletable,
    updateable: object.updateable && access.canEdit(object.name),
    urls: {
      sobject: path,
      describe: `${path}/describe`,
      rowTemplate: `${path}/{ID}`,
      ...(object.searchable ? layoutUrls(path) : {}),
    },
  };
}

/** Where an object with pages of its own has what they are made of. */
const layoutUrls = (path: string) => ({
  layouts: `${path}/describe/layouts`,
  compactLayouts: `${path}/describe/compactLayouts`,
  approvalLayouts: `${path}/describe/approvalLayouts`,
  listviews: `${path}/listviews`,
  quickActions: `${path}/quickActions`,
});

/** An object with its fields, children and record types, as far as this caller may see them. */
export function describeObject(
  schema: Schema,
  object: SObject,
  access: Access,
  base: string,
  recordTypes: RecordTypeInfo[],
  origin: string,
) {
  const summary = summarise(object, access, base);
  const children = schema
    .childRelationships(object)
    .filter((child) => access.canReadField(child.childSObject, child.field));
  const fields = object.fields.filter(({ name }) => access.canReadField(object.name, name));
  return {
    actionOverrides: [],
    ...summary,
    childRelationships: children.map((child) => ({
      ...child,
      deprecatedAndHidden: false,
      junctionIdListNames: [],
      junctionReferenceTo: [],
    })),
    compactLayoutable: object.searchable,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    fields: fields.map((field) => describeField(object, field, access)),
    implementedBy: null,
    implementsInterfaces: null,
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: recordTypeInfos(recordTypes, `${base}/sobjects/${object.name}`),
    searchLayoutable: object.searchable,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [
      { label: `All ${object.labelPlural.toLowerCase()}`, name: 'everything' },
      { label: `My ${object.labelPlural.toLowerCase()}`, name: 'mine' },
    ],
    urls: {
      ...summary.urls,
      ...(object.keyPrefix === null ? {} : pageUrls(origin, object.keyPrefix)),
    },
  };
}

const pageUrls = (origin: string, keyPrefix: string) => ({
  uiDetailTemplate: `${origin}/{ID}`,
  uiEditTemplate: `${origin}/{ID}/e`,
  uiNewRecord: `${origin}/${keyPrefix}/e`,
});

/** The master type stands last, for those to whom no other is open; the first that is open is the default. */
function recordTypeInfos(recordTypes: RecordTypeInfo[], path: string): object[] {
  const master = { id: MASTER_RECORD_TYPE, name: 'Master', developerName: 'Master', active: true };
  const types = [...recordTypes, master];
  const preferred = types.find(({ active }) => active);
  return types.map((type) => ({
    active: type.active,
    available: type.active,
    defaultRecordTypeMapping: type === preferred,
    developerName: type.developerName,
    master: type === master,
    name: type.name,
    recordTypeId: type.id,
    urls: { layout: `${path}/describe/layouts/${type.id}` },
  }));
}
