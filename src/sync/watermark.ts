/** Salesforce's Date header counts whole seconds, so rows of the watermark's own second may be unread. */
const MIN_OVERLAP_MS = 1_000;

/**
 * Rows later than this are read: the watermark, which is Salesforce's own time (trap 3), less the overlap
 * for transactions that commit late (trap 2). `overlapMs` under a second counts as one second. ISO 8601
 * in UTC; null, which reads all, where there is no watermark.
 */
export function lowerBound(watermark: Date | null, overlapMs: number): string | null {
  if (watermark === null) return null;
  return new Date(watermark.getTime() - Math.max(overlapMs, MIN_OVERLAP_MS)).toISOString();
}
