import { CredentialsRejected, SalesforceRejected } from './errors.ts';
import type { FieldDescribe, ObjectDescribe, Salesforce } from './port.ts';

/** What is to be checked of one object; the catalogue's entries fit. */
export interface PreflightObject {
  name: string;
  way: 'both' | 'pull';
  /** Whether its absence is no fault: some orgs do not have it. */
  optional: boolean;
  /** Whether records are created from marketing. */
  createable: boolean;
  /** Fields of the default map; their columns do not matter here. */
  columns: Readonly<Record<string, string>>;
  /** Fields that a new record must have. */
  required: Readonly<Record<string, unknown>>;
}

/** One thing that is missing, what it costs, and what to do about it (L2). */
export interface Finding {
  /** `error`: an object, or creation, does not work at all. `warning`: a part is left out. */
  severity: 'error' | 'warning';
  object: string | null;
  field: string | null;
  what: string;
  cost: string;
  remedy: string;
}

/** Salesforce keeps these itself: no permission hides them, and nobody writes them. */
const keptBySalesforce = new Set([
  'Id',
  'IsDeleted',
  'CreatedDate',
  'IsConverted',
  'ConvertedDate',
]);

/** A UUID in text. */
const identityLength = 36;

/**
 * What the sync user lacks, from describe, one call an object. Throws only what may pass
 * (SalesforceUnavailable, limits); refused credentials are a finding.
 */
export async function preflight(
  salesforce: Pick<Salesforce, 'describe'>,
  { objects, externalIdField }: { objects: readonly PreflightObject[]; externalIdField: string },
): Promise<Finding[]> {
  try {
    const found = await Promise.all(
      objects.map(async (object) =>
        checkObject(object, await describeOf(salesforce, object.name), externalIdField),
      ),
    );
    return found.flat();
  } catch (error) {
    if (error instanceof CredentialsRejected) return [noAccess(error.message)];
    throw error;
  }
}

async function describeOf(
  salesforce: Pick<Salesforce, 'describe'>,
  object: string,
): Promise<ObjectDescribe | null | SalesforceRejected> {
  try {
    return await salesforce.describe(object);
  } catch (error) {
    if (error instanceof SalesforceRejected && !error.retryable) return error;
    throw error;
  }
}

function checkObject(
  object: PreflightObject,
  seen: ObjectDescribe | null | SalesforceRejected,
  externalIdField: string,
): Finding[] {
  if (seen instanceof SalesforceRejected)
    return [{ ...invisible(object.name), what: seen.message }];
  if (seen === null || !seen.queryable) return object.optional ? [] : [invisible(object.name)];
  const fields = new Map(seen.fields.map((field) => [field.name.toLowerCase(), field]));
  const field = (name: string) => fields.get(name.toLowerCase());
  return [
    ...checkCursor(object, field('SystemModstamp')),
    ...checkAccess(object, seen),
    ...Object.keys(object.columns).flatMap((name) => checkField(object, name, field(name))),
    ...checkRequired(object, field),
    ...(object.way === 'both'
      ? checkIdentity(object, externalIdField, field(externalIdField))
      : []),
  ];
}

function checkCursor({ name }: PreflightObject, field: FieldDescribe | undefined): Finding[] {
  if (field?.filterable) return [];
  return [
    {
      severity: 'error',
      object: name,
      field: 'SystemModstamp',
      what: `${name}.SystemModstamp cannot be queried by`,
      cost: `Changes of ${name} cannot be found; the object is not synced.`,
      remedy: `Leave ${name} out of the sync.`,
    },
  ];
}

function checkAccess(object: PreflightObject, seen: ObjectDescribe): Finding[] {
  if (object.way === 'pull') return [];
  const { name } = object;
  const missing = (right: string, cost: string): Finding => ({
    severity: 'error',
    object: name,
    field: null,
    what: `The sync user may not ${right} ${name} records`,
    cost,
    remedy: `Grant "${right[0]!.toUpperCase()}${right.slice(1)}" on ${name} in its profile or a permission set.`,
  });
  return [
    ...(seen.updateable
      ? []
      : [missing('edit', `Edits of people who are a ${name} wait in marketing as errors.`)]),
    ...(object.createable && !seen.createable
      ? [missing('create', `New people are not created in Salesforce as a ${name}.`)]
      : []),
  ];
}

function checkField(
  object: PreflightObject,
  name: string,
  field: FieldDescribe | undefined,
): Finding[] {
  const isRequired = object.createable && name in object.required;
  if (keptBySalesforce.has(name) || isRequired) return [];
  const remedy = (right: string) =>
    `Grant ${right} access to the field in the sync user's profile or a permission set, or leave it so.`;
  if (field === undefined) {
    return [
      {
        severity: 'warning',
        object: object.name,
        field: name,
        what: `${object.name}.${name} is not visible to the sync user`,
        cost: `Its column ${object.columns[name]} stays empty for a ${object.name}.`,
        remedy: remedy('read'),
      },
    ];
  }
  if (object.way === 'pull' || field.updateable || field.calculated) return [];
  return [
    {
      severity: 'warning',
      object: object.name,
      field: name,
      what: `${object.name}.${name} is read-only for the sync user`,
      cost: `Edits of ${object.columns[name]} are not pushed.`,
      remedy: remedy('edit'),
    },
  ];
}

function checkRequired(
  object: PreflightObject,
  field: (name: string) => FieldDescribe | undefined,
): Finding[] {
  if (!object.createable) return [];
  return Object.keys(object.required)
    .filter((name) => !field(name)?.createable)
    .map((name) => ({
      severity: 'error',
      object: object.name,
      field: name,
      what: `${object.name}.${name}, which each new record needs, cannot be written by the sync user`,
      cost: `No person is created in Salesforce as a ${object.name}.`,
      remedy: "Grant edit access to the field in the sync user's profile or a permission set.",
    }));
}

/** N2: creation goes by the External ID field, and is refused without a fit one. */
function checkIdentity(
  object: PreflightObject,
  name: string,
  field: FieldDescribe | undefined,
): Finding[] {
  const path = `${object.name}.${name}`;
  const problems =
    field === undefined
      ? [`${path} does not exist, or is not visible to the sync user`]
      : [
          ...(field.externalId ? [] : [`${path} is not marked "External ID"`]),
          ...(field.unique ? [] : [`${path} is not marked "Unique"`]),
          ...(field.createable && field.updateable
            ? []
            : [`${path} cannot be written by the sync user`]),
          ...(field.type === 'string' && field.length >= identityLength
            ? []
            : [`${path} is no text of at least ${identityLength} characters`]),
        ];
  return problems.map((what) => ({
    severity: object.createable ? 'error' : 'warning',
    object: object.name,
    field: name,
    what,
    cost: object.createable
      ? `People made in marketing are not created as a ${object.name}; pulls and updates go on.`
      : `A ${object.name} that was a person here before is not recognised by that person's id.`,
    remedy: `Run \`tandem setup\` with an administrator's credentials; or make a Text(${identityLength}) field ${name} on ${object.name}, "Unique" and "External ID", and let the sync user read and edit it.`,
  }));
}

function invisible(object: string): Finding {
  return {
    severity: 'error',
    object,
    field: null,
    what: `The sync user cannot see ${object}`,
    cost: `No ${object} is copied, and nothing that hangs on it is filled.`,
    remedy: `Grant "Read", and "View All" for all rows, on ${object} in its profile or a permission set.`,
  };
}

function noAccess(what: string): Finding {
  return {
    severity: 'error',
    object: null,
    field: null,
    what,
    cost: 'Nothing is synced.',
    remedy: 'Give the sync user "API Enabled", and check the credentials as said above.',
  };
}
