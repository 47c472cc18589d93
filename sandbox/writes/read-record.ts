import {
  idOfAnotherObject,
  idOfIncorrectType,
  idOnInsert,
  noSuchColumn,
  notWritable,
  requiredFieldsMissing,
  SalesforceError,
} from '../errors.ts';
import type { Org, Session } from '../org.ts';
import type { Field, SObject } from '../schema.ts';
import { isStored } from '../storage.ts';
import { visibleField } from './fields.ts';
import { idOfRightShape } from './id-shape.ts';
import { normaliseValue } from './normalise-value.ts';
import type { Draft, ParentByExternalId, RecordBody } from './types.ts';

export type Mode = 'create' | 'update';

interface Reader {
  org: Org;
  session: Session;
}

/**
 * Reads one record of a request: names resolved and checked against field-level security, values
 * normalised, defaults filled in on create. What is wrong with it stands in the draft's errors, the
 * first finding only, as Salesforce does.
 */
export function readRecord(
  reader: Reader,
  object: SObject,
  body: RecordBody,
  mode: Mode,
  index: number,
): Draft {
  const draft: Draft = { index, id: null, values: new Map(), parents: [], errors: [] };
  try {
    fill(reader, object, body, mode, draft);
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    draft.errors.push(error);
  }
  return draft;
}

function fill(reader: Reader, object: SObject, body: RecordBody, mode: Mode, draft: Draft): void {
  const found: [Field, unknown][] = [];
  for (const [key, raw] of Object.entries(body)) {
    if (key.toLowerCase() === 'attributes') continue;
    if (key.toLowerCase() === 'id') {
      if (mode === 'create' && raw !== null && raw !== '') throw idOnInsert();
      continue;
    }
    const parent = readParent(reader, object, key, raw);
    if (parent === 'none') continue;
    if (parent !== null) {
      draft.parents.push(parent);
      found.push([visibleField(reader.session, object, parent.field)!, undefined]);
      continue;
    }
    const field = visibleField(reader.session, object, key);
    if (field === undefined) throw noSuchColumn(key, object.name);
    found.push([field, raw]);
  }
  refuseReadOnly(reader, object, mode, found);
  for (const [field, raw] of found) {
    if (raw !== undefined) draft.values.set(field.name, readValue(reader, field, raw));
  }
  if (mode === 'create') fillDefaults(object, draft);
  requireValues(object, draft, mode);
}

/** `"Parent__r": {"Ext__c": "x"}`; null when the key is no relationship, 'none' when it names no parent. */
function readParent(
  reader: Reader,
  object: SObject,
  key: string,
  raw: unknown,
): ParentByExternalId | 'none' | null {
  const field = object.fields.find(
    ({ relationshipName }) => relationshipName?.toLowerCase() === key.toLowerCase(),
  );
  if (field === undefined) return null;
  if (!reader.session.access.canReadField(object.name, field.name)) return null;
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return 'none';
  const attributes = (raw as { attributes?: { type?: unknown } }).attributes;
  const parentObject = String(attributes?.type ?? field.referenceTo[0]);
  const parent = reader.org.schema.object(parentObject);
  const entry = Object.entries(raw).find(([name]) => name.toLowerCase() !== 'attributes');
  if (parent === undefined || entry === undefined) return 'none';
  const [name, value] = entry;
  const external = visibleField(reader.session, parent, name);
  if (external === undefined || !(external.externalId || external.idLookup))
    throw noSuchColumn(name, parent.name);
  return {
    field: field.name,
    parentObject: parent.name,
    externalField: external.name,
    value: normaliseValue(external, value) ?? '',
  };
}

function refuseReadOnly(
  { session }: Reader,
  object: SObject,
  mode: Mode,
  found: [Field, unknown][],
): void {
  const refused = found
    .map(([field]) => field)
    .filter((field) => {
      const writable = mode === 'create' ? field.createable : field.updateable;
      return !writable || !isStored(field) || !session.access.canEditField(object.name, field.name);
    })
    .map((field) => field.name);
  if (refused.length > 0) throw notWritable([...new Set(refused)]);
}

function readValue({ org }: Reader, field: Field, raw: unknown): string | null {
  if (field.type !== 'reference') return normaliseValue(field, raw);
  const text = normaliseValue({ ...field, length: 0 }, raw);
  if (text === null) return null;
  const id = idOfRightShape(text);
  const target = id === null ? undefined : org.schema.objectByPrefix(id.slice(0, 3));
  const known = field.referenceTo.some((name) => org.schema.object(name) !== undefined);
  const fits = target !== undefined && field.referenceTo.includes(target.name);
  if (target !== undefined && known && !fits)
    throw idOfAnotherObject(field.label, field.name, text);
  if (id === null || (known && !fits)) throw idOfIncorrectType(field.label, field.name, text);
  return id;
}

/** Gives a new row that no request has described its defaults; what is missing then is its error. */
export function completeNew(object: SObject, draft: Draft): void {
  try {
    fillDefaults(object, draft);
    requireValues(object, draft, 'create');
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    draft.errors.push(error);
  }
}

function fillDefaults(object: SObject, draft: Draft): void {
  for (const field of object.fields) {
    if (!isStored(field) || draft.values.has(field.name)) continue;
    const chosen = field.picklistValues.find((choice) => choice.defaultValue)?.value;
    const value = field.defaultValue ?? chosen ?? (field.type === 'boolean' ? false : null);
    if (value !== null) draft.values.set(field.name, String(value));
  }
}

function requireValues(object: SObject, draft: Draft, mode: Mode): void {
  const isGiven = (name: string) =>
    (draft.values.get(name) ?? null) !== null ||
    draft.parents.some((parent) => parent.field === name);
  const isMissing = (field: Field) =>
    mode === 'create'
      ? field.createable && !field.defaultedOnCreate && !isGiven(field.name)
      : draft.values.has(field.name) && !isGiven(field.name);
  const missing = object.fields
    .filter((field) => !field.nillable && field.type !== 'boolean' && isStored(field))
    .filter(isMissing)
    .sort((one, other) => Number(isOfName(other)) - Number(isOfName(one)))
    .map((field) => field.name);
  if (missing.length > 0) throw requiredFieldsMissing(missing);
}

/** Salesforce lists what makes up the record's name before anything else. */
const isOfName = (field: Field) => field.nameField || field.compoundFieldName === 'Name';
