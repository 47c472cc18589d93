import type { Slice } from '../src/sync/slices.ts';

/** Where a pull by Bulk API is, when its query had to be cut into slices (trap 5). Ids and times only (N7). */
export interface Place {
  /** The job at work; empty before it is made. */
  job: string;
  /** Its next page; null for the first. */
  locator: string | null;
  slice: Slice;
  /** What is to be read after it, oldest first. */
  rest: Slice[];
  /** False while the first job, which asks for all, does. */
  sliced: boolean;
}

/** Tells a place from a locator of Salesforce's. */
const MARK = 'slices:';

export function writePlace(place: Place): string {
  return MARK + JSON.stringify(place);
}

/** The place that a locator names; one of Salesforce's own is in the first job, which asks for all. */
export function readPlace(job: string, locator: string | null, whole: Slice): Place {
  if (locator?.startsWith(MARK)) return JSON.parse(locator.slice(MARK.length)) as Place;
  return { job, locator, slice: whole, rest: [], sliced: false };
}
