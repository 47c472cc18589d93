import { recordErrors, resolveErrors } from '../src/ledger/sync-errors.ts';
import type { Sql } from '../src/marketing/database.ts';
import type { ObjectDescribe, Salesforce } from '../src/salesforce/port.ts';
import { type Lookup, noPath, type PathStep, pathsToPeople } from '../src/sync/lookup-path.ts';
import { isCustom, type ObjectSpec } from '../src/sync/objects.ts';

export interface Described {
  spec: ObjectSpec;
  describe: ObjectDescribe;
}

/** The `record` of an error that concerns an object as a whole (K3). */
const WHOLE_OBJECT = '';

/**
 * Sorts the custom objects that are switched on into those that lead to people, with their paths, and
 * those that do not: these stand as sync errors that say which lookups they have (G1).
 */
export async function admitCustomObjects(
  db: Sql,
  salesforce: Pick<Salesforce, 'describe'>,
  visible: readonly Described[],
): Promise<{ admitted: Described[]; paths: Map<string, PathStep[][]> }> {
  const lookups = await lookupsFrom(salesforce, visible);
  const lookupsOf = (object: string) => lookups.get(object) ?? [];
  const paths = new Map<string, PathStep[][]>();
  const admitted: Described[] = [];
  for (const one of visible) {
    const { name } = one.spec;
    if (!isCustom(name)) {
      admitted.push(one);
      continue;
    }
    const found = pathsToPeople(name, lookupsOf);
    if (found.length === 0) {
      await recordErrors(db, name, 'sync schema', [refusal(name, lookupsOf(name))]);
      continue;
    }
    await resolveErrors(db, name, 'sync schema', [WHOLE_OBJECT]);
    paths.set(name, found);
    admitted.push(one);
  }
  return { admitted, paths };
}

function refusal(object: string, lookups: readonly Lookup[]) {
  return {
    record: WHOLE_OBJECT,
    personId: null,
    sfdcId: null,
    code: 'NO_PATH_TO_PEOPLE',
    message: `${noPath(object, lookups)} Add a lookup there, or take it out of tandem.yaml.`,
    fields: lookups.map(({ field }) => field),
  };
}

/**
 * Where a way ends, and users and queues: every record has lookups to them, which say who works on it, not whom
 * it is about.
 */
const LEAD_NO_FURTHER = ['Lead', 'Contact', 'Account', 'User', 'Group'];

/**
 * Lookups of the custom objects and of every object they lead to, level by level: custom ones, and those standard
 * ones that are synced, such as Opportunity.
 */
async function lookupsFrom(
  salesforce: Pick<Salesforce, 'describe'>,
  visible: readonly Described[],
): Promise<Map<string, Lookup[]>> {
  const known = new Map<string, Lookup[]>();
  const described = new Map(visible.map(({ spec, describe }) => [spec.name, describe]));
  const take = (describe: ObjectDescribe) => known.set(describe.name, lookupsIn(describe));
  const leadsOn = (name: string) =>
    isCustom(name) || (described.has(name) && !LEAD_NO_FURTHER.includes(name));
  for (const { spec, describe } of visible) if (isCustom(spec.name)) take(describe);
  for (;;) {
    const next = [...known.values()]
      .flat()
      .flatMap(({ to }) => to)
      .filter((name) => leadsOn(name) && !known.has(name));
    if (next.length === 0) return known;
    const names = [...new Set(next)];
    const describes = await Promise.all(
      names.map((name) => described.get(name) ?? salesforce.describe(name)),
    );
    for (const [index, describe] of describes.entries()) {
      if (describe === null) known.set(names[index]!, []);
      else take(describe);
    }
  }
}

function lookupsIn({ fields }: ObjectDescribe): Lookup[] {
  return fields
    .filter(({ type, referenceTo }) => type === 'reference' && referenceTo.length > 0)
    .map(({ name, referenceTo }) => ({ field: name, to: referenceTo }));
}
