/** One line of the results. */
export interface Figure {
  /** What was measured, in words. */
  what: string;
  value: string;
  /** What the value has to hold, in words; null for a figure that only informs. */
  bound: string | null;
  /** Whether it holds; true without a bound. */
  met: boolean;
}

export const info = (what: string, value: string): Figure => ({
  ...{ what, value },
  ...{ bound: null, met: true },
});

/** A value from the given one up. */
export const atLeast = (what: string, value: number, bound: number, digits = 2): Figure => ({
  ...{ what, value: number(value, digits) },
  ...{ bound: `at least ${bound}`, met: value >= bound },
});

/** A value up to the given one. */
export const atMost = (what: string, value: number, bound: number, digits = 2): Figure => ({
  ...{ what, value: number(value, digits) },
  ...{ bound: bound === 0 ? '0' : `at most ${bound}`, met: value <= bound },
});

export function number(value: number, digits = 0): string {
  return value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits });
}

export const seconds = (value: number): string => `${number(value, 2)} s`;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median, and the values it was taken from. */
export function spread(values: readonly number[], digits = 2): string {
  const each = values.map((value) => number(value, digits)).join(', ');
  return values.length === 1 ? each : `${number(median(values), digits)} (of ${each})`;
}
