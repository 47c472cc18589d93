import { describedOnlyNamed } from '../objects/described-only.ts';
import type { Field, FieldType, Schema, SObject } from '../schema.ts';
import { SOAP_TYPES } from '../soap-types.ts';
import { isAggregate } from './aggregate.ts';
import type { Query } from './ast.ts';
import { compile } from './compile.ts';
import { type Caller, queryContext } from './context.ts';
import type { Entry, Shape } from './shape.ts';

interface ColumnMetadata {
  /** A function's value, or a list of children. */
  aggregate: boolean;
  apexType: string | null;
  booleanType: boolean;
  columnName: string;
  custom: boolean;
  displayName: string;
  foreignKeyName: string | null;
  insertable: boolean;
  joinColumns: ColumnMetadata[];
  numberType: boolean;
  textType: boolean;
  updatable: boolean;
}

export interface QueryColumns {
  columnMetadata: ColumnMetadata[];
  entityName: string;
  groupBy: boolean;
  idSelected: boolean;
  keyPrefix: string | null;
}

const APEX_TYPES: Record<string, string> = {
  'tns:ID': 'Id',
  'xsd:boolean': 'Boolean',
  'xsd:int': 'Integer',
  'xsd:double': 'Double',
  'xsd:date': 'Date',
  'xsd:dateTime': 'Datetime',
  'xsd:time': 'Time',
};

/**
 * What a query would select, in place of its rows: `query?q=…&columns=true`, which Salesforce's command
 * line asks for the heads of its tables. Throws what compile throws.
 */
export async function queryColumns(
  caller: Caller,
  soql: string,
  allRows: boolean,
): Promise<QueryColumns> {
  const context = await queryContext(caller, soql, allRows);
  const { object, shape, query } = compile(soql, context);
  const columnMetadata = isAggregate(query)
    ? groupedColumns(query, shape, object, context.schema)
    : joinColumns(shape, object, context.schema);
  return {
    columnMetadata,
    entityName: object.name,
    groupBy: query.groupBy !== null,
    idSelected: columnMetadata.some(({ columnName }) => columnName === 'Id'),
    keyPrefix: object.keyPrefix,
  };
}

function groupedColumns(
  query: Query,
  { entries }: Shape,
  object: SObject,
  schema: Schema,
): ColumnMetadata[] {
  const values = query.fields.filter((field) => field.kind === 'value');
  return entries.map((entry, i) => {
    const expression = values[i]!.expression;
    if (expression.kind === 'path') return column(entry, object, schema);
    const of = expression.args.map(({ text }) => text).join(', ');
    const type = entry.kind === 'value' ? entry.type : 'json';
    return {
      ...valueColumn(entry.key, type, undefined),
      aggregate: true,
      apexType: null,
      displayName: `${expression.name.toLowerCase()}(${of})`,
    };
  });
}

const joinColumns = (shape: Shape, object: SObject | undefined, schema: Schema): ColumnMetadata[] =>
  shape.entries.map((entry) => column(entry, object, schema));

function column(entry: Entry, object: SObject | undefined, schema: Schema): ColumnMetadata {
  const { key } = entry;
  if (entry.kind === 'value')
    return valueColumn(key, entry.type, object && schema.field(object, key));
  const shapes =
    entry.kind === 'typeof'
      ? [...entry.cases, ...(entry.otherwise === null ? [] : [entry.otherwise])]
      : [entry.shape];
  const joined = shapes.flatMap((shape) => joinColumns(shape, objectOf(shape, schema), schema));
  const isList = entry.kind === 'children';
  const lookup = isList
    ? undefined
    : object?.fields.find(({ relationshipName }) => relationshipName === key);
  return {
    ...valueColumn(key, 'json', undefined),
    aggregate: isList,
    apexType: null,
    custom: lookup?.custom ?? false,
    foreignKeyName: lookup?.name ?? null,
    joinColumns: joined.filter(
      ({ columnName }, i) => joined.findIndex((one) => one.columnName === columnName) === i,
    ),
    textType: false,
  };
}

const objectOf = ({ type }: Shape, schema: Schema): SObject | undefined =>
  type === null ? undefined : (describedOnlyNamed(type) ?? schema.object(type));

function valueColumn(
  name: string,
  type: FieldType | 'json',
  field: Field | undefined,
): ColumnMetadata {
  const apexType = type === 'json' ? 'String' : (APEX_TYPES[SOAP_TYPES[type]] ?? 'String');
  return {
    aggregate: false,
    apexType,
    booleanType: apexType === 'Boolean',
    columnName: name,
    custom: field?.custom ?? false,
    displayName: name,
    foreignKeyName: null,
    insertable: field?.createable ?? false,
    joinColumns: [],
    numberType: apexType === 'Integer' || apexType === 'Double',
    textType: apexType === 'String',
    updatable: field?.updateable ?? false,
  };
}
