/** A lookup or master-detail field, with the objects it may refer to. */
export interface Lookup {
  field: string;
  to: readonly string[];
}

/** One step of a path: from a record of `object` by `field` to a record of `to`. */
export interface PathStep {
  object: string;
  field: string;
  to: string;
}

/** What a custom object has to lead to (rule G1). */
const ENDS = ['Lead', 'Contact', 'Account'];

/**
 * The shortest paths of lookups from an object to people or their accounts, at any depth; none when
 * there is no way (rule G1). `lookupsOf` answers for objects that are not known with nothing.
 */
export function pathsToPeople(
  object: string,
  lookupsOf: (object: string) => readonly Lookup[],
): PathStep[][] {
  const seen = new Set([object]);
  for (let paths: PathStep[][] = [[]]; paths.length > 0; ) {
    const longer = paths.flatMap((path) => {
      const from = path.at(-1)?.to ?? object;
      return lookupsOf(from).flatMap(({ field, to }) =>
        to.map((target): PathStep[] => [...path, { object: from, field, to: target }]),
      );
    });
    const arrived = longer.filter((path) => ENDS.includes(path.at(-1)!.to));
    if (arrived.length > 0) return arrived;
    paths = longer.filter((path) => !seen.has(path.at(-1)!.to));
    for (const path of paths) seen.add(path.at(-1)!.to);
  }
  return [];
}

/** Why an object without such a path is not synced: the lookups it has (rule G1). */
export function noPath(object: string, lookups: readonly Lookup[]): string {
  const has =
    lookups.length === 0
      ? 'It has no lookups.'
      : `Its lookups: ${lookups.map(({ field, to }) => `${field} → ${to.join(', ')}`).join('; ')}.`;
  return `${object} is not synced: no lookup of it leads to Lead, Contact or Account, at any depth. ${has}`;
}
