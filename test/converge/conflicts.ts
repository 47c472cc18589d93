import type { Pair } from '../activities/support.ts';
import type { Person } from '../support/workload/person.ts';
import { seenFaxes } from './watch.ts';

interface Conflict {
  salesforce: string | null;
  marketing: string | null;
  winner: string;
}

/**
 * N1, C3: the last value of each side reached the other or lost a recorded conflict; and where both sides
 * wrote with no step of the sync in between, a conflict is recorded, and the rule of B decided it.
 * Ask before Workload.problems, which forgets the writes.
 */
export async function conflictProblems(pair: Pair, people: readonly Person[]): Promise<string[]> {
  const certain = people.filter(({ state, unsure }) => state === 'live' && !unsure);
  const lasts = certain.flatMap((person) =>
    (['here', 'there'] as const).flatMap((side) => {
      const last = person.faxes.findLast((written) => written.side === side);
      // Between the last look at a record and its write there is a moment that the API leaves open (trap 28).
      if (!last || (side === 'there' && last.moment === 'pushing')) return [];
      return [{ person, side, value: last.value }];
    }),
  );
  const values = lasts.map(({ value }) => value);
  const seen = await seenFaxes(pair, values);
  const conflicts: Conflict[] = await pair.sql(
    `select salesforce, marketing, winner from tandem.conflict
     where field = 'Fax' and (salesforce = any($1) or marketing = any($1))`,
    [people.flatMap(({ faxes }) => faxes.map(({ value }) => value))],
  );
  const problems: string[] = [];
  for (const { person, side, value } of lasts) {
    const other = side === 'here' ? 'there' : 'here';
    const lost = conflicts.some((conflict) =>
      side === 'here' ? conflict.marketing === value : conflict.salesforce === value,
    );
    if (!seen[other].has(value) && !lost) {
      problems.push(`${person.name}: Fax ${value}, written ${side}, is lost without a conflict`);
    }
  }
  for (const person of certain) problems.push(...problemsOfClash(person, conflicts));
  return problems;
}

function problemsOfClash({ name, object, faxes }: Person, conflicts: Conflict[]): string[] {
  const [here, there] = (['here', 'there'] as const).map((side) =>
    faxes.findLast((written) => written.side === side),
  );
  const moments = new Set(faxes.map(({ moment }) => moment));
  if (!here || !there || ![...moments].every(Number.isInteger) || moments.size > 1) return [];
  const found = conflicts.filter(
    ({ salesforce, marketing }) => salesforce === there.value && marketing === here.value,
  );
  const rule = object === 'Lead' ? 'marketing' : 'salesforce';
  if (found.length === 1 && found[0]!.winner === rule) return [];
  return [`${name}: ${found.length} conflicts of Fax ${here.value} with ${there.value}`];
}
