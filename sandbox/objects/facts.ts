import { readFileSync } from 'node:fs';
import type { Field, FieldType, SObject } from '../schema.ts';
import { changeField, type FieldSpec, makeField } from './field.ts';

/**
 * One standard object as data: what `fields.tsv` does not say. `fields` changes a field of the
 * table, or adds one to it when it gives a type.
 */
export interface ObjectFacts extends Partial<Omit<SObject, 'fields'>> {
  name: string;
  keyPrefix: string | null;
  fields: Record<string, Partial<FieldSpec>>;
}

const FACTS_FILE = new URL('./fields.tsv', import.meta.url);

let rows: Map<string, Field[]> | undefined;

function standardFields(object: string): Field[] {
  rows ??= readFacts(readFileSync(FACTS_FILE, 'utf8'));
  return rows.get(object) ?? [];
}

function readFacts(text: string): Map<string, Field[]> {
  const [header, ...lines] = text.trimEnd().split('\n');
  const columns = header!.split('\t');
  const byObject = new Map<string, Field[]>();
  for (const line of lines) {
    const cells = line.split('\t');
    const row = Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']));
    const fields = byObject.get(row.object!) ?? [];
    fields.push(fieldOf(row as FactRow));
    byObject.set(row.object!, fields);
  }
  return byObject;
}

type FactRow = Record<
  | ('object' | 'field' | 'label' | 'type' | 'length' | 'precision' | 'scale' | 'nillable')
  | ('createable' | 'updateable' | 'defaultedOnCreate' | 'filterable' | 'groupable' | 'sortable')
  | ('referenceTo' | 'relationshipName' | 'compoundFieldName' | 'picklistValues'),
  string
>;

const list = (cell: string) => (cell === '' ? [] : cell.split('|'));

function fieldOf(row: FactRow): Field {
  const type = row.type as FieldType;
  return makeField({
    name: row.field,
    type,
    label: row.label,
    length: Number(row.length),
    precision: Number(row.precision),
    scale: Number(row.scale),
    nillable: row.nillable === '1',
    createable: row.createable === '1',
    updateable: row.updateable === '1',
    defaultedOnCreate: row.defaultedOnCreate === '1',
    filterable: row.filterable === '1',
    groupable: row.groupable === '1',
    sortable: row.sortable === '1',
    referenceTo: list(row.referenceTo),
    relationshipName: row.relationshipName || null,
    compoundFieldName: row.compoundFieldName || null,
    picklist: list(row.picklistValues),
    defaultValue: type === 'boolean' ? false : null,
  });
}

/** A whole object: the facts of the table, then what its data file changes and adds. */
export function buildObject(facts: ObjectFacts): SObject {
  const { fields: changes, ...flags } = facts;
  const known = standardFields(facts.name);
  const added = Object.entries(changes)
    .filter(([name]) => !known.some((field) => field.name === name))
    .map(([name, spec]) => {
      if (spec.type === undefined) {
        throw new Error(
          `sandbox/objects: ${facts.name}.${name} is not in fields.tsv: give it a type or correct its name`,
        );
      }
      return makeField({ ...spec, name, type: spec.type });
    });
  return {
    label: facts.name,
    labelPlural: `${facts.label ?? facts.name}s`,
    custom: false,
    createable: true,
    updateable: true,
    deletable: true,
    undeletable: false,
    mergeable: false,
    queryable: true,
    replicateable: true,
    searchable: false,
    ...flags,
    fields: [...known.map((field) => changeField(field, changes[field.name] ?? {})), ...added],
  };
}
