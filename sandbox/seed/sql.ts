/**
 * Small builders of the SQL that makes a row from its number. Everything is drawn from a hash of
 * (key, salt), so the same number gives the same row in every org, in any order, on any connection.
 */

/** An SQL expression for a whole number from 0 to 2³¹−1, evenly spread. One salt for each use. */
export const hash = (key: string, salt: number): string =>
  `(hashint8extended(${key}, ${salt}) & 2147483647)`;

/** A number from 0 up to, not including, `size`. */
export const draw = (key: string, salt: number, size: number): string =>
  `(${hash(key, salt)} % ${size})`;

export const chance = (key: string, salt: number, percent: number): string =>
  `${draw(key, salt, 10_000)} < ${Math.round(percent * 100)}`;

/** The expression for `percent` of the keys, null for the rest. */
export const some = (key: string, salt: number, percent: number, expression: string): string =>
  `CASE WHEN ${chance(key, salt, percent)} THEN ${expression} END`;

export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** One of the values; a value listed twice comes twice as often. */
export const oneOf = (key: string, salt: number, values: readonly string[]): string =>
  `(ARRAY[${values.map(text).join(', ')}])[1 + ${draw(key, salt, values.length)}]`;
