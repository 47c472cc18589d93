import { type RecordError, recordErrors, resolveErrors } from '../ledger/sync-errors.ts';
import { creationFields } from '../sync/creation.ts';
import type { FieldMapping } from '../sync/field-map.ts';
import { isPushed } from '../sync/field-map.ts';
import type { DefaultName, ObjectSpec } from '../sync/objects.ts';
import { normalise, type Value } from '../sync/value.ts';
import { asText, normalised, quote } from './columns.ts';
import type { Database, RecordCounts, Transaction } from './database.ts';
import { ConditionRefused, errorCode } from './errors.ts';
import { type CreationTry, insertPending } from './link.ts';
import { goByIndex } from './plans.ts';

export interface CreateInput {
  spec: ObjectSpec;
  mappings: readonly FieldMapping[];
  /** SQL over marketing.person, from config, checked by checkCondition; null for everyone (C5). */
  condition: string | null;
  defaults: Readonly<Record<DefaultName, string>>;
  externalIdField: string;
  /** Id of the last person taken before in this run: each comes once; null at its start. */
  after?: string | null;
  /** This person alone, asked for by name: neither the condition nor an open error holds it back (I1). */
  only?: string;
  limit: number;
}

export interface Creation {
  personId: string;
  /** The fields to create it with, External ID included, in Salesforce's JSON. */
  record: Record<string, string | number | boolean>;
}

export interface CreateResult {
  personId: string;
  outcome:
    | { ok: true; id: string }
    | { ok: false; code: string; message: string; fields?: readonly string[] };
}

/**
 * People to be created in Salesforce: not there yet, meeting the condition, without an open error or
 * due again. What is sent is kept first, so that after a lost response it can be told what was
 * edited since (N2, trap 18). Taken again before it is settled, a person comes again.
 */
export async function takeCreates(db: Database, input: CreateInput): Promise<Creation[]> {
  const pushed = input.mappings.filter(
    (mapping) => mapping.object === input.spec.name && isPushed(mapping),
  );
  return db.syncTransaction(async (tx) => {
    const { rows } = await tx.query<{ id: string; current: (string | null)[] }>(
      `select p.id, ${currentValues(pushed)} as current
       from marketing.person p
       where ${input.only ? ASKED_FOR : dueCreation(input.condition, pushed)}
         and ($3::uuid is null or p.id > $3) and ($4::uuid is null or p.id = $4)
       order by p.id limit $2 for no key update of p ${input.only ? '' : 'skip locked'}`,
      [input.spec.name, input.limit, input.after ?? null, input.only ?? null],
    );
    const creations = rows.map(({ id, current }) => {
      const values = valuesOf(pushed, current);
      const fields = creationFields(input.spec, pushed, values, input.defaults);
      const sent: CreationTry = Object.fromEntries(
        pushed.map(({ field, column, type }) => [
          column,
          { read: values[column] ?? null, sent: normalise(type, fields[field]) },
        ]),
      );
      return { personId: id, record: { ...fields, [input.externalIdField]: id }, sent };
    });
    await keepTries(tx, input.spec.name, creations);
    return creations.map(({ personId, record }) => ({ personId, record }));
  });
}

const ASKED_FOR =
  'p.sfdc_id is null and not p.sfdc_is_deleted and not p.sfdc_out_of_scope and $1::text is not null';

/** SQL over person `p`, $1 the object: to be created, and without an open error or due again (N3). */
export function dueCreation(condition: string | null, pushed: readonly FieldMapping[]): string {
  const own = condition === null ? '' : `and (${condition}\n)`;
  return `p.sfdc_id is null and not p.sfdc_is_deleted and not p.sfdc_out_of_scope
    and p.id in (select id from marketing.person where sfdc_id is null ${own})
    and not exists (
      select from tandem.sync_error e
      where e.object = $1 and e.operation = 'push new' and e.record = p.id::text
        and e.resolved_at is null and e.next_try > now() and not ${editedSince(pushed)})`;
}

function currentValues(mappings: readonly FieldMapping[]): string {
  const texts = mappings.map(({ column, columnType }) => asText(columnType, `p.${quote(column)}`));
  return `array[${texts.join(', ')}]::text[]`;
}

function valuesOf(
  mappings: readonly FieldMapping[],
  current: readonly (string | null)[],
): Record<string, Value> {
  return Object.fromEntries(
    mappings.map(({ column, type }, index) => [column, normalise(type, current[index])]),
  );
}

/** SQL: does any column differ from what the last try read? An edit makes it due at once. */
function editedSince(mappings: readonly FieldMapping[]): string {
  // An id may be written with 15 characters or 18: which one it was is not told apart here.
  const told = mappings.filter(({ type }) => type !== 'reference' && type !== 'id');
  const tests = told.map(
    ({ column, columnType }) =>
      `${asNormalisedText(columnType, `p.${quote(column)}`)} is distinct from c.tries -> -1 -> '${column.replaceAll("'", "''")}' ->> 'read'`,
  );
  return `exists (select from tandem.creation c where c.person_id = p.id and (${tests.join(' or ') || 'false'}))`;
}

/** SQL for the text that normalise() of src/sync/value.ts makes of a column. */
function asNormalisedText(columnType: string, value: string): string {
  switch (columnType) {
    case 'integer':
    case 'bigint':
    case 'numeric':
      return `trim_scale(${value}::numeric)::text`;
    case 'date':
      return `to_char(${value}, 'YYYY-MM-DD')`;
    case 'timestamptz':
      return `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
    case 'time':
      return `rtrim(rtrim(to_char(${value}, 'HH24:MI:SS.MS'), '0'), '.')`;
    default:
      return columnType === 'text' ? normalised(columnType, value) : `${value}::text`;
  }
}

async function keepTries(
  tx: Transaction,
  object: string,
  creations: readonly { personId: string; sent: CreationTry }[],
): Promise<void> {
  if (creations.length === 0) return;
  await tx.query(
    `insert into tandem.creation as c (person_id, object, tries)
     select id, $1, jsonb_build_array(sent) from jsonb_to_recordset($2) as t(id uuid, sent jsonb)
     on conflict (person_id) do update set object = excluded.object,
       tries = c.tries || excluded.tries
     where c.tries -> -1 is distinct from excluded.tries -> 0`,
    [object, JSON.stringify(creations.map(({ personId, sent }) => ({ id: personId, sent })))],
  );
}

/**
 * Keeps what became of each creation: success gives the person its Salesforce id, and makes what was
 * edited meanwhile a pending change; failure is a sync error (C7, N3). One transaction.
 */
export async function settleCreates(
  db: Database,
  input: {
    spec: ObjectSpec;
    mappings: readonly FieldMapping[];
    results: readonly CreateResult[];
  },
  record?: RecordCounts<{ created: number; failed: number }>,
): Promise<{ created: number; failed: number }> {
  const object = input.spec.name;
  return db.syncTransaction(async (tx) => {
    await goByIndex(tx);
    const made = new Map(
      input.results.flatMap(({ personId, outcome }) =>
        outcome.ok ? [[personId, outcome.id] as const] : [],
      ),
    );
    const failures = input.results.flatMap(({ personId, outcome }) =>
      outcome.ok ? [] : [failure(personId, outcome)],
    );
    failures.push(...(await giveIds(tx, object, input.mappings, made)));
    await recordErrors(tx, object, 'push new', failures);
    const created = input.results.length - failures.length;
    const counts = { created, failed: failures.length };
    await record?.(tx, counts);
    return counts;
  });
}

function failure(
  personId: string,
  outcome: { code: string; message: string; fields?: readonly string[] },
): RecordError {
  return {
    record: personId,
    personId,
    sfdcId: null,
    code: outcome.code,
    message: outcome.message,
    fields: outcome.fields ?? [],
  };
}

async function giveIds(
  tx: Transaction,
  object: string,
  mappings: readonly FieldMapping[],
  made: ReadonlyMap<string, string>,
): Promise<RecordError[]> {
  if (made.size === 0) return [];
  const pushed = mappings.filter((mapping) => mapping.object === object && isPushed(mapping));
  const { rows } = await tx.query<{
    id: string;
    sfdc_id: string | null;
    current: (string | null)[];
    tries: CreationTry[] | null;
  }>(
    `select p.id, p.sfdc_id, ${currentValues(pushed)} as current, c.tries
     from marketing.person p left join tandem.creation c on c.person_id = p.id
     where p.id = any($1::uuid[]) order by p.id for no key update of p`,
    [[...made.keys()]],
  );
  const open = rows.filter(({ sfdc_id }) => sfdc_id === null);
  const { rows: linked } = await tx.query<{ id: string }>(
    `update marketing.person p set sfdc_id = t.sfdc_id
     from jsonb_to_recordset($1) as t(id uuid, sfdc_id text)
     where p.id = t.id and not exists
       (select from marketing.person q where q.sfdc_id = t.sfdc_id)
     returning p.id`,
    [JSON.stringify(open.map(({ id }) => ({ id, sfdc_id: made.get(id) })))],
  );
  const given = new Set(linked.map(({ id }) => id));
  const edits = open
    .filter(({ id }) => given.has(id))
    .map(({ id, current, tries }) => ({
      id,
      old: editsMeanwhile(pushed, valuesOf(pushed, current), tries?.at(-1) ?? {}),
    }));
  await insertPending(
    tx,
    edits.filter(({ old }) => Object.keys(old).length > 0),
  );
  await tx.query('delete from tandem.creation where person_id = any($1::uuid[])', [
    [...made.keys()],
  ]);
  await keepAway(tx, object, made, new Set(rows.map(({ id }) => id)));
  await resolveErrors(tx, object, 'push new', [...given]);
  return open
    .filter(({ id }) => !given.has(id))
    .map(({ id }) =>
      failure(id, {
        code: 'DUPLICATE_PERSON',
        message: `Salesforce's record ${made.get(id)} belongs to another person here already. Delete one of the two.`,
      }),
    );
}

function editsMeanwhile(
  mappings: readonly FieldMapping[],
  values: Readonly<Record<string, Value>>,
  sent: CreationTry,
): Record<string, Value> {
  const old: Record<string, Value> = {};
  for (const { column } of mappings) {
    const tried = sent[column];
    if (tried && tried.read !== (values[column] ?? null)) old[column] = tried.sent;
  }
  return old;
}

/** The person was deleted here while its record was made there: it stays gone (C14). */
async function keepAway(
  tx: Transaction,
  object: string,
  made: ReadonlyMap<string, string>,
  present: ReadonlySet<string>,
): Promise<void> {
  const gone = [...made]
    .filter(([id]) => !present.has(id))
    .map(([id, sfdc_id]) => ({ id, sfdc_id }));
  if (gone.length === 0) return;
  await tx.query(
    `insert into tandem.person_deletion (sfdc_id, person_id, object, policy, watermark)
     select t.sfdc_id, t.id, $1, c.on_delete, now()
     from jsonb_to_recordset($2) as t(id uuid, sfdc_id text), tandem.connection c
     on conflict (sfdc_id) do nothing`,
    [object, JSON.stringify(gone)],
  );
}

/**
 * Checks a condition from config before it is used: it must be one SQL expression over
 * marketing.person that gives true or false (C5).
 * @throws ConditionRefused
 */
export async function checkCondition(db: Database, condition: string): Promise<void> {
  try {
    await db.transaction(async (tx) => {
      await tx.query('set transaction read only');
      // A parameter makes the server refuse a second statement.
      await tx.query(
        `explain select id from marketing.person
         where sfdc_id is null and $1::boolean and (${condition}\n)`,
        [true],
      );
    });
  } catch (error) {
    if (!/^(42|22|25|0A)/.test(errorCode(error) ?? '')) throw error;
    throw new ConditionRefused(
      `people.createInSalesforce.when is not a condition over marketing.person: ${(error as Error).message}. ` +
        "Write it as in a WHERE, for example: email is not null and source = 'Web'.",
      { cause: error },
    );
  }
}
