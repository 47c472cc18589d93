import type { Pool } from 'pg';
import { makeId } from '../ids.ts';
import { isPermissionable } from '../permission-sources.ts';
import type { Field, Schema, SObject } from '../schema.ts';
import type { Settings } from '../settings.ts';
import { createObjectIndexes, createTable, quote } from '../storage.ts';
import { inTransaction } from '../transaction.ts';
import { metadataOf } from './metadata.ts';
import { TOOLING_OBJECTS } from './objects.ts';

type Database = Pick<Pool, 'query'>;
type Row = Record<string, unknown>;

const withoutSuffix = (name: string) => name.replace(/__c$/, '');

/**
 * Brings the rows of EntityDefinition, FieldDefinition, CustomObject, CustomField and ValidationRule
 * in step with the schema. Custom objects and fields keep the ids they have.
 */
export async function refreshDefinitions(
  pool: Pool,
  schema: Schema,
  settings: Pick<Settings, 'sharing'>,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    // Two processes that open one org take turns.
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('sandbox definitions'))`);
    await refresh(client, schema, settings);
  });
}

async function refresh(
  db: Database,
  schema: Schema,
  settings: Pick<Settings, 'sharing'>,
): Promise<void> {
  for (const object of TOOLING_OBJECTS) {
    await createTable(db, object);
    await createObjectIndexes(db, schema, object);
  }
  const objects = schema.objects();
  const custom = objects.filter((object) => object.custom);
  const objectIds = await keepCustom(
    db,
    'CustomObject',
    custom.map((object) => ({
      FullName: object.name,
      DeveloperName: withoutSuffix(object.name),
      ManageableState: 'unmanaged',
      SharingModel: settings.sharing[object.name] === 'Private' ? 'Private' : 'ReadWrite',
      Metadata: JSON.stringify({
        deploymentStatus: 'Deployed',
        label: object.label,
        nameField: { label: 'Name', type: 'Text' },
        pluralLabel: object.labelPlural,
        sharingModel: settings.sharing[object.name] === 'Private' ? 'Private' : 'ReadWrite',
      }),
    })),
  );
  const durable = (object: SObject) => objectIds.get(object.name)?.slice(0, 15) ?? object.name;
  const fieldIds = await keepCustom(
    db,
    'CustomField',
    objects.flatMap((object) =>
      object.fields
        .filter((field) => field.custom)
        .map((field) => ({
          FullName: `${object.name}.${field.name}`,
          DeveloperName: withoutSuffix(field.name),
          TableEnumOrId: durable(object),
          EntityDefinitionId: durable(object),
          ManageableState: 'unmanaged',
          Metadata: JSON.stringify(metadataOf(field)),
          Length: field.length || null,
          Precision: field.precision || null,
          Scale: field.precision ? field.scale : null,
        })),
    ),
  );
  await replace(
    db,
    'EntityDefinition',
    objects.map((object) => entityRow(object, durable(object), settings)),
  );
  await replace(
    db,
    'FieldDefinition',
    objects.flatMap((object) =>
      object.fields.map((field) =>
        fieldRow(object, field, durable(object), fieldIds.get(`${object.name}.${field.name}`)),
      ),
    ),
  );
  await refreshRules(db, schema, durable);
}

/** Rows by FullName: what is new is added, what is gone goes, what is there is brought up to date. */
async function keepCustom(db: Database, name: string, rows: Row[]): Promise<Map<string, string>> {
  const table = `org.${quote(name)}`;
  await db.query(`DELETE FROM ${table} WHERE NOT ("FullName" = ANY($1))`, [
    rows.map(({ FullName }) => FullName),
  ]);
  const columns = Object.keys(rows[0] ?? { FullName: '' });
  const list = columns.map(quote).join(', ');
  const given = `jsonb_populate_recordset(NULL::${table}, $1) AS given`;
  await db.query(
    `UPDATE ${table} AS kept SET "LastModifiedDate" = now(),
       ${columns.map((column) => `${quote(column)} = given.${quote(column)}`).join(', ')}
       FROM ${given} WHERE kept."FullName" = given."FullName"
        AND (${columns.map((column) => `kept.${quote(column)}`).join(', ')}) IS DISTINCT FROM
            (${columns.map((column) => `given.${quote(column)}`).join(', ')})`,
    [JSON.stringify(rows)],
  );
  await db.query(
    `INSERT INTO ${table} (${list}, "CreatedDate", "LastModifiedDate", "CreatedById", "LastModifiedById")
     SELECT ${list}, now(), now(), maker.id, maker.id FROM ${given},
       (SELECT min("CreatedById") AS id FROM org."Profile") AS maker
      WHERE NOT EXISTS (SELECT FROM ${table} AS kept WHERE kept."FullName" = given."FullName")`,
    [JSON.stringify(rows)],
  );
  const { rows: kept } = await db.query(`SELECT "FullName", "Id" FROM ${table}`);
  return new Map(kept.map(({ FullName, Id }) => [FullName, Id]));
}

async function replace(db: Database, name: string, rows: Row[]): Promise<void> {
  const table = `org.${quote(name)}`;
  const list = Object.keys(rows[0] ?? { Id: '' })
    .map(quote)
    .join(', ');
  await db.query(`DELETE FROM ${table}`);
  await db.query(
    `INSERT INTO ${table} (${list}) SELECT ${list} FROM jsonb_populate_recordset(NULL::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

function entityRow(object: SObject, id: string, { sharing }: Pick<Settings, 'sharing'>): Row {
  const hasPages = object.searchable;
  const owned = object.fields.some(({ name }) => name === 'OwnerId');
  const model = sharing[object.name] === 'Private' ? 'Private' : 'ReadWrite';
  return {
    Id: id,
    DurableId: id,
    QualifiedApiName: object.name,
    DeveloperName: withoutSuffix(object.name),
    Label: object.label,
    MasterLabel: object.label,
    PluralLabel: object.labelPlural,
    KeyPrefix: object.keyPrefix,
    DeploymentStatus: object.custom ? 'Deployed' : null,
    InternalSharingModel: owned ? model : 'Read',
    ExternalSharingModel: 'Private',
    PublisherId: object.custom ? '<local>' : 'System',
    DetailUrl: `/${object.keyPrefix}`,
    IsApexTriggerable: hasPages,
    IsAutoActivityCaptureEnabled: false,
    IsCompactLayoutable: hasPages,
    IsCustomSetting: false,
    IsCustomizable: object.custom || hasPages,
    IsDeprecatedAndHidden: false,
    IsEverCreatable: object.createable,
    IsEverDeletable: object.deletable,
    IsEverUpdatable: object.updateable,
    IsFeedEnabled: false,
    IsIdEnabled: true,
    IsLayoutable: hasPages,
    IsMruEnabled: hasPages,
    IsProcessEnabled: hasPages,
    IsQueryable: object.queryable,
    IsReplicateable: object.replicateable,
    IsRetrieveable: true,
    IsSearchLayoutable: hasPages,
    IsSearchable: object.searchable,
    IsTriggerable: hasPages,
    IsWorkflowEnabled: hasPages,
    LastModifiedDate: null,
  };
}

const NAMES: Partial<Record<Field['type'], (field: Field) => string>> = {
  id: () => 'Lookup()',
  reference: (field) =>
    `${field.onDelete === 'Cascade' ? 'Master-Detail' : 'Lookup'}(${field.referenceTo.join(',')})`,
  string: (field) => (field.nameField ? 'Name' : `Text(${field.length})`),
  textarea: (field) =>
    field.length > 255 ? `Long Text Area(${field.length})` : `Text Area(${field.length})`,
  double: (field) => `Number(${field.precision - field.scale}, ${field.scale})`,
  currency: (field) => `Currency(${field.precision - field.scale}, ${field.scale})`,
  percent: (field) => `Percent(${field.precision - field.scale}, ${field.scale})`,
  int: (field) => `Number(${field.precision || 8}, 0)`,
  boolean: () => 'Checkbox',
  picklist: () => 'Picklist',
  multipicklist: () => 'Picklist (Multi-Select)',
  date: () => 'Date',
  datetime: () => 'Date/Time',
  time: () => 'Time',
  email: () => 'Email',
  phone: () => 'Phone',
  url: () => 'URL(255)',
  address: () => 'Address',
  location: () => 'Geolocation',
};

/** `Text(80) (External ID) (Unique Case Insensitive)`, as the setup pages have it. */
function dataType(field: Field): string {
  const bare = NAMES[field.type]?.(field) ?? field.type;
  const base =
    field.formula !== null && field.custom ? `Formula (${bare.replace(/\(.*/, '')})` : bare;
  const unique = field.unique
    ? ` (Unique Case ${field.caseSensitive ? 'Sensitive' : 'Insensitive'})`
    : '';
  return base + (field.externalId ? ' (External ID)' : '') + unique;
}

function fieldRow(object: SObject, field: Field, entityId: string, customId?: string): Row {
  const id = `${entityId}.${customId?.slice(0, 15) ?? field.name}`;
  return {
    Id: id,
    DurableId: id,
    QualifiedApiName: field.name,
    EntityDefinitionId: entityId,
    DeveloperName: withoutSuffix(field.name),
    Label: field.label,
    MasterLabel: field.label,
    DataType: dataType(field),
    ValueTypeId: field.type,
    RelationshipName: field.relationshipName,
    PublisherId: field.custom ? '<local>' : 'System',
    Length: field.length,
    Precision: field.precision,
    Scale: field.scale,
    IsApiFilterable: field.filterable,
    IsApiGroupable: field.groupable,
    IsApiSortable: field.sortable,
    IsCalculated: field.formula !== null,
    IsCompactLayoutable: isPermissionable(object, field),
    IsCompound: field.type === 'address' || field.type === 'location',
    IsFieldHistoryTracked: false,
    IsHighScaleNumber: false,
    IsHtmlFormatted: false,
    IsIndexed:
      ['id', 'reference'].includes(field.type) ||
      field.unique ||
      field.externalId ||
      field.nameField ||
      ['CreatedDate', 'SystemModstamp', 'Email'].includes(field.name),
    IsListFilterable: field.filterable,
    IsListSortable: field.sortable,
    IsListVisible: true,
    IsNameField: field.nameField,
    IsNillable: field.nillable,
    IsPolymorphicForeignKey: field.referenceTo.length > 1,
    IsSearchPrefilterable: field.type === 'reference',
    IsWorkflowFilterable: field.filterable,
  };
}

async function refreshRules(
  db: Database,
  schema: Schema,
  durable: (object: SObject) => string,
): Promise<void> {
  const { rows } = await db.query('SELECT to_jsonb(r) AS rule FROM org_meta.validation_rule r');
  await replace(
    db,
    'ValidationRule',
    rows.flatMap(({ rule }) => {
      const object = schema.object(rule.object);
      if (object === undefined) return [];
      return {
        Id: ruleId(rule.id),
        ValidationName: rule.name,
        EntityDefinitionId: durable(object),
        Active: rule.active,
        ErrorMessage: rule.message,
        ErrorDisplayField: rule.error_field,
        FullName: `${object.name}.${rule.name}`,
        Metadata: JSON.stringify({
          active: rule.active,
          description: null,
          errorConditionFormula: rule.formula ?? rule.condition_sql,
          errorDisplayField: rule.error_field,
          errorMessage: rule.message,
        }),
      };
    }),
  );
}

/** The id of a rule by its number in org_meta.validation_rule. */
export const ruleId = (number: number | string) => makeId('03d', BigInt(number));
