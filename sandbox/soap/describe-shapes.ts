export type DescribeType =
  | 'ChildRelationship'
  | 'DeletedRecord'
  | 'DescribeGlobalResult'
  | 'DescribeGlobalSObjectResult'
  | 'DescribeSObjectResult'
  | 'Field'
  | 'FilteredLookupInfo'
  | 'GetDeletedResult'
  | 'GetUpdatedResult'
  | 'PicklistEntry'
  | 'RecordTypeInfo'
  | 'ScopeInfo';

/**
 * What a part is: text; text that says when it is null; a value of any type; one that REST does not
 * have and that is the same for all; or parts of its own.
 */
export type Part = 'text' | 'nil' | 'any' | { always: string } | { type: DescribeType };

const texts = (names: string): Record<string, Part> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, 'text']),
  );

const OBJECT: Record<string, Part> = {
  ...texts(`
    activateable createable custom customSetting deepCloneable deletable deprecatedAndHidden
    feedEnabled hasSubtypes isInterface isSubtype label labelPlural layoutable mergeable mruEnabled
    name queryable replicateable retrieveable searchable triggerable undeletable updateable`),
  idEnabled: { always: 'true' },
  keyPrefix: 'nil',
};

/** The types of the WSDL that describe calls and their like answer with; parts stand in the alphabet's order. */
const UNSORTED: Record<DescribeType, Record<string, Part>> = {
  ChildRelationship: texts(`
    cascadeDelete childSObject deprecatedAndHidden field junctionIdListNames junctionReferenceTo
    relationshipName restrictedDelete`),
  DeletedRecord: texts('deletedDate id'),
  DescribeGlobalResult: {
    ...texts('encoding maxBatchSize'),
    sobjects: { type: 'DescribeGlobalSObjectResult' },
  },
  DescribeGlobalSObjectResult: OBJECT,
  DescribeSObjectResult: {
    ...OBJECT,
    ...texts(`
      compactLayoutable defaultImplementation implementedBy implementsInterfaces
      networkScopeFieldName searchLayoutable`),
    urlDetail: 'nil',
    urlEdit: 'nil',
    urlNew: 'nil',
    childRelationships: { type: 'ChildRelationship' },
    fields: { type: 'Field' },
    recordTypeInfos: { type: 'RecordTypeInfo' },
    supportedScopes: { type: 'ScopeInfo' },
  },
  Field: {
    ...texts(`
      aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula
      cascadeDelete caseSensitive compoundFieldName controllerName createable custom
      defaultValueFormula defaultedOnCreate dependentPicklist deprecatedAndHidden digits
      displayLocationInDecimal encrypted externalId extraTypeInfo filterable
      formulaTreatNullNumberAsZero groupable highScaleNumber htmlFormatted idLookup
      inlineHelpText label length mask maskType name nameField namePointing nillable
      permissionable polymorphicForeignKey precision queryByDistance referenceTargetField
      referenceTo relationshipName relationshipOrder restrictedDelete restrictedPicklist scale
      searchPrefilterable soapType sortable type unique updateable writeRequiresMasterRead`),
    defaultValue: 'any',
    filteredLookupInfo: { type: 'FilteredLookupInfo' },
    picklistValues: { type: 'PicklistEntry' },
  },
  FilteredLookupInfo: texts('controllingFields dependent optionalFilter'),
  GetDeletedResult: {
    ...texts('earliestDateAvailable latestDateCovered'),
    deletedRecords: { type: 'DeletedRecord' },
  },
  GetUpdatedResult: texts('ids latestDateCovered'),
  PicklistEntry: texts('active defaultValue label validFor value'),
  RecordTypeInfo: texts(
    'active available defaultRecordTypeMapping developerName master name recordTypeId',
  ),
  ScopeInfo: texts('label name'),
};

export const SHAPES = Object.fromEntries(
  Object.entries(UNSORTED).map(([type, parts]) => [
    type,
    Object.entries(parts).sort(([one], [other]) => (one < other ? -1 : 1)),
  ]),
) as Record<DescribeType, [name: string, part: Part][]>;
