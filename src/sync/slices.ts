/** Rows of a query by SystemModstamp: later than `after`, up to and including `until`; null is no bound. ISO 8601. */
export interface Slice {
  after: string | null;
  until: string | null;
}

export const WHOLE: Slice = { after: null, until: null };

/** Before Salesforce's first record. */
const BEGINNING = Date.parse('1999-01-01T00:00:00Z');
/** A query that times out over less than this will not do better over half of it. */
const SHORTEST_MS = 60_000;

/**
 * A slice in two halves, the older first, for a query that ran too long (trap 5). Null when it is too
 * short. Read in this order nothing is lost: a row that changes meanwhile moves to the last slice, which
 * keeps no upper bound where it had none.
 */
export function halve({ after, until }: Slice, now: Date): [Slice, Slice] | null {
  const from = after === null ? BEGINNING : Date.parse(after);
  const to = until === null ? now.getTime() : Date.parse(until);
  if (to - from < 2 * SHORTEST_MS) return null;
  // Modstamps have whole seconds.
  const middle = new Date(Math.floor((from + to) / 2 / 1000) * 1000).toISOString();
  return [
    { after, until: middle },
    { after: middle, until },
  ];
}
