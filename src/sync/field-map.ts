import { columnName, snakeCase } from './column-name.ts';
import { FieldMapRefused } from './errors.ts';
import type { ConflictRule, Direction, ObjectSpec } from './objects.ts';
import { RESERVED_COLUMNS } from './objects.ts';

/** What the field map needs to know of one field of Salesforce's describe. */
export interface DescribedField {
  name: string;
  type: string;
  length: number;
  scale: number;
  createable: boolean;
  updateable: boolean;
  calculated: boolean;
  custom: boolean;
}

export interface DescribedObject {
  name: string;
  fields: readonly DescribedField[];
}

/** What config says of one field (rule B1); `column` splits or joins columns (rule C4). */
export interface FieldOverride {
  way?: Direction | undefined;
  conflict?: ConflictRule | undefined;
  column?: string | undefined;
}

export interface FieldConfig {
  /** API name of the External ID field that holds person.id (rule N2). */
  externalIdField: string;
  objects: Readonly<
    Record<
      string,
      {
        conflict?: ConflictRule | undefined;
        fields?: Readonly<Record<string, FieldOverride>> | undefined;
      }
    >
  >;
}

/** One field of one object and the column it is kept in; stored in tandem.field. */
export interface FieldMapping {
  object: string;
  field: string;
  /** Also set when the field is off: the column it would have. */
  column: string;
  /** Salesforce's field type. */
  type: string;
  /** PostgreSQL's type, by rule J6. */
  columnType: string;
  direction: Direction;
  /** Why it is off, or moves one way only (rule J5); null when it moves both ways. */
  reason: string | null;
  conflict: ConflictRule;
  createable: boolean;
  updateable: boolean;
  /** A formula, a roll-up, an auto-number or what follows other records: Salesforce computes it. */
  calculated: boolean;
  length: number;
  scale: number;
}

/** A column that is in use, by a field or in a table as it is. */
export type HeldColumn = Pick<
  FieldMapping,
  'object' | 'field' | 'column' | 'columnType' | 'direction'
>;

/** Salesforce's field type → PostgreSQL's (rule J6); a type that is not listed is kept as text. */
const COLUMN_TYPES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'integer',
  long: 'bigint',
  double: 'numeric',
  currency: 'numeric',
  percent: 'numeric',
  date: 'date',
  datetime: 'timestamptz',
  time: 'time',
};

/** Types with no column, whatever config says (rule J6). */
const UNMAPPED_TYPES: Readonly<Record<string, string>> = {
  address: 'compound: its parts are synced',
  location: 'compound: its parts are synced',
  base64: 'binary',
};

/** Standard fields with no column, whatever config says. */
const UNMAPPED_FIELDS: Readonly<Record<string, string>> = {
  SystemModstamp: 'the watermark is read from it; a column would change with every write',
  LastModifiedDate: 'changes with every write, also those of the sync',
  LastModifiedById: 'changes with every write, also those of the sync',
  LastViewedDate: 'changes with every look at the record, and by user',
  LastReferencedDate: 'changes with every look at the record, and by user',
};

/**
 * Maps every field that describe shows to its column, direction and conflict rule (rules B1, C2, C4, J1, J3, J5, J6).
 * `shared` holds the mappings of the objects before this one that use the same table: an equal
 * column of an equal type is shared, one of another type gets the object's name as a suffix.
 * `known` is the map as it was, with the fields that are gone: a field of another type than then gets a column of a
 * new version, and one that comes back its own (J2). `columns` are those that the tables have already.
 * @throws FieldMapRefused config gives two fields one column, or a column that the table keeps for itself
 */
export function mapFields(
  spec: ObjectSpec,
  describe: DescribedObject,
  config: FieldConfig,
  shared: readonly HeldColumn[] = [],
  known: readonly FieldMapping[] = [],
): FieldMapping[] {
  const settings = config.objects[spec.name];
  const score = scoreField(spec, describe);
  const mappings: FieldMapping[] = [];
  for (const field of describe.fields) {
    const override = settings?.fields?.[field.name];
    const columnType = COLUMN_TYPES[field.type] ?? 'text';
    const { direction, reason } = directionOf(spec, field, override, config.externalIdField);
    const wanted =
      override?.column ?? (field.name === score ? 'score' : defaultColumn(spec, field));
    const held = known.find(
      ({ object, field: name }) => object === spec.name && name === field.name,
    );
    mappings.push({
      object: spec.name,
      field: field.name,
      column: held
        ? versionFor(held, familiesOf(spec, field.name, wanted, override), columnType)
        : wanted,
      type: field.type,
      columnType,
      direction,
      reason,
      conflict: override?.conflict ?? settings?.conflict ?? spec.conflict,
      createable: field.createable,
      updateable: field.updateable,
      calculated: field.calculated || spec.unstamped.includes(field.name),
      length: field.length,
      scale: field.scale,
    });
  }
  return mappings.map((mapping, index) => ({
    ...mapping,
    column: freeColumn(spec, mapping, mappings.slice(0, index), shared, config),
  }));
}

/** mapFields over several objects, in the given order, with columns shared within each table. */
export function mapObjects(
  objects: readonly { spec: ObjectSpec; describe: DescribedObject }[],
  config: FieldConfig,
  known: readonly FieldMapping[] = [],
  columns: ReadonlyMap<string, readonly HeldColumn[]> = new Map(),
): FieldMapping[] {
  const byTable = new Map<string, readonly HeldColumn[]>(columns);
  const all: FieldMapping[] = [];
  for (const { spec, describe } of objects) {
    const shared = byTable.get(spec.table) ?? [];
    const mapped = mapFields(spec, describe, config, shared, known);
    byTable.set(spec.table, [...shared, ...mapped]);
    all.push(...mapped);
  }
  return all;
}

/** Fields that config names and describe does not show: mistyped, deleted, or hidden from the sync user. */
export function unknownFields(
  spec: ObjectSpec,
  describe: DescribedObject,
  config: FieldConfig,
): string[] {
  const shown = new Set(describe.fields.map((field) => field.name));
  return Object.keys(config.objects[spec.name]?.fields ?? {}).filter((name) => !shown.has(name));
}

/** The column of an object's field; undefined when the field has none. */
export function columnOf(
  mappings: readonly FieldMapping[],
  object: string,
  field: string,
): string | undefined {
  return mappings.find((mapping) => mapping.object === object && mapping.field === field)?.column;
}

/** Is the column filled from Salesforce? */
export function isPulled(mapping: FieldMapping): boolean {
  return mapping.direction === 'both' || mapping.direction === 'pull';
}

/** Do local edits of the column go to Salesforce? */
export function isPushed(mapping: FieldMapping): boolean {
  return mapping.direction === 'both' || mapping.direction === 'push';
}

function scoreField(spec: ObjectSpec, describe: DescribedObject): string | null {
  const numbers = describe.fields.filter((field) => COLUMN_TYPES[field.type] === 'numeric');
  return spec.scoreFields.find((name) => numbers.some((field) => field.name === name)) ?? null;
}

/** `region__c`, `region__c_v2`, `region__c_v3`: the version that holds the type, or the next one. */
function versionFor(
  held: FieldMapping,
  families: () => Generator<string[]>,
  columnType: string,
): string {
  let wanted: string | undefined;
  for (const versions of families()) {
    wanted ??= versions[0]!;
    const version = versions.indexOf(held.column);
    if (version < 0) continue;
    return held.columnType === columnType ? held.column : (versions[version + 1] ?? wanted);
  }
  return wanted!;
}

/** Columns that a field may hold since earlier: as it is wanted, or, where config says nothing, out of the way of another's. */
function familiesOf(
  spec: ObjectSpec,
  field: string,
  wanted: string,
  override: FieldOverride | undefined,
): () => Generator<string[]> {
  return function* () {
    const versions = versionsOf(wanted);
    yield versions;
    if (override?.column !== undefined) return;
    for (const version of versions) {
      for (const column of asideOf(spec, field, version)) yield versionsOf(column);
    }
  };
}

function versionsOf(column: string): string[] {
  return Array.from({ length: MOST_VERSIONS }, (_, index) =>
    columnName(index === 0 ? column : `${column}_v${index + 1}`),
  );
}

/** Columns for a field whose own is another's. */
function asideOf(spec: ObjectSpec, field: string, column: string): string[] {
  const object = spec.name.toLowerCase();
  return [`${column}_${object}`, `${snakeCase(field)}_${object}`].map(columnName);
}

/** A field's type changes a few times in its life, if at all. */
const MOST_VERSIONS = 20;

function defaultColumn(spec: ObjectSpec, field: DescribedField): string {
  const custom = field.custom || field.name.includes('__');
  return spec.columns[field.name] ?? (custom ? field.name.toLowerCase() : snakeCase(field.name));
}

function directionOf(
  spec: ObjectSpec,
  field: DescribedField,
  override: FieldOverride | undefined,
  externalIdField: string,
): { direction: Direction; reason: string | null } {
  const unmapped = UNMAPPED_TYPES[field.type] ?? UNMAPPED_FIELDS[field.name];
  if (unmapped) return { direction: 'off', reason: unmapped };
  if (field.name === externalIdField) {
    return { direction: 'off', reason: 'identity: holds the id of the person here (rule N2)' };
  }
  const wanted = override?.way;
  if (wanted === 'off') return { direction: 'off', reason: 'off in tandem.yaml' };
  const leftOut = spec.leaveOut[field.name];
  if (leftOut && wanted === undefined) return { direction: 'off', reason: leftOut };
  const readOnly = whyReadOnly(spec, field);
  if (readOnly) {
    const ignored = wanted === 'both' || wanted === 'push';
    return {
      direction: 'pull',
      reason: ignored ? `${readOnly}; "${wanted}" in tandem.yaml has no effect` : readOnly,
    };
  }
  if (wanted === undefined || wanted === 'both') return { direction: 'both', reason: null };
  return { direction: wanted, reason: `${wanted} in tandem.yaml` };
}

function whyReadOnly(spec: ObjectSpec, field: DescribedField): string | null {
  if (field.type === 'id') return 'identity: the id of the record in Salesforce';
  if (field.calculated) return 'Salesforce computes it';
  if (spec.way === 'pull') return `${spec.name} is pulled only`;
  if (!field.updateable) return 'Salesforce does not let the sync user edit it';
  return null;
}

function freeColumn(
  spec: ObjectSpec,
  mapping: FieldMapping,
  before: readonly FieldMapping[],
  shared: readonly HeldColumn[],
  config: FieldConfig,
): string {
  const wanted = columnName(mapping.column);
  if (mapping.direction === 'off') return wanted;
  const configured = config.objects[spec.name]?.fields?.[mapping.field]?.column !== undefined;
  const reserved = [...(RESERVED_COLUMNS[spec.table] ?? []), 'sfdc_out_of_scope'];
  const clash = (column: string): string | null => {
    if (reserved.includes(column)) return `${spec.table} keeps the column ${column} for itself`;
    const same = before.find((other) => other.direction !== 'off' && other.column === column);
    if (same) return `${spec.name}.${same.field} has the column ${column} already`;
    const other = shared.find(
      (held) =>
        held.direction !== 'off' &&
        held.column === column &&
        held.columnType !== mapping.columnType,
    );
    return other ? `${other.object}.${other.field} holds ${other.columnType} in ${column}` : null;
  };
  const problem = clash(wanted);
  if (problem === null) return wanted;
  if (configured) {
    throw new FieldMapRefused(
      `${spec.name}.${mapping.field} cannot map to ${wanted}: ${problem}. Choose another column in tandem.yaml.`,
    );
  }
  const free = asideOf(spec, mapping.field, wanted).find((column) => clash(column) === null);
  if (free === undefined) {
    throw new FieldMapRefused(
      `${spec.name}.${mapping.field} finds no free column: ${problem}. Set its column in tandem.yaml.`,
    );
  }
  return free;
}
