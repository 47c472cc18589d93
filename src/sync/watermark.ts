/** How far a pull has come, in Salesforce's own time (traps 3, 4). */
export interface Watermark {
  /** ISO 8601 in UTC, with milliseconds. */
  modstamp: string;
  /** Id of the last row read at that modstamp; null when the whole instant is covered. */
  lastId: string | null;
}

export interface Window {
  /** Rows later than this are read; null for all. ISO 8601 in UTC. */
  after: string | null;
  /** Salesforce's time when the window was opened: the next watermark. */
  until: string;
}

/** Salesforce's Date header counts whole seconds, so rows of the watermark's own second may be unread. */
const MIN_OVERLAP_MS = 1_000;

/**
 * The window of a pull: from the watermark minus the overlap (late commits, trap 2) to Salesforce's
 * clock. `overlapMs` under a second counts as one second.
 */
export function pullWindow(
  watermark: Watermark | null,
  serverTime: Date,
  overlapMs: number,
): Window {
  return { after: lowerBound(watermark, overlapMs), until: serverTime.toISOString() };
}

/** The lower bound alone, for a query that is sent before Salesforce's time is known. */
export function lowerBound(watermark: Watermark | null, overlapMs: number): string | null {
  if (watermark === null) return null;
  const overlap = Math.max(overlapMs, MIN_OVERLAP_MS);
  return new Date(Date.parse(watermark.modstamp) - overlap).toISOString();
}

/** The watermark after a window that ended at `serverTime`: never earlier than the one before (rule N5). */
export function advance(watermark: Watermark | null, serverTime: Date): Watermark {
  const next: Watermark = { modstamp: serverTime.toISOString(), lastId: null };
  if (watermark === null) return next;
  return Date.parse(watermark.modstamp) >= serverTime.getTime() ? watermark : next;
}

/** The cursor behind a row, to go on from in the order (modstamp, id). */
export function cursorAt(row: { modstamp: string; id: string }): Watermark {
  return { modstamp: new Date(Date.parse(row.modstamp)).toISOString(), lastId: row.id };
}

/**
 * Order of (modstamp, id): negative when `a` comes first. A null lastId stands after every id of its
 * instant. Ids compare by code unit, as with the collation "C".
 */
export function compareCursors(a: Watermark, b: Watermark): number {
  const byTime = Date.parse(a.modstamp) - Date.parse(b.modstamp);
  if (byTime !== 0) return byTime;
  if (a.lastId === b.lastId) return 0;
  if (a.lastId === null) return 1;
  if (b.lastId === null) return -1;
  return a.lastId < b.lastId ? -1 : 1;
}
