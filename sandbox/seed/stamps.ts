import { draw, hash } from './sql.ts';

/**
 * When a row was made and last changed, as ages in seconds before the seed's base time. Rows are made
 * in the order of their ids over six years; all are at least two hours old.
 */
const SIX_YEARS = 6 * 365 * 86_400;
const OLDEST_MARGIN = 7 * 86_400;
const YOUNGEST_CREATED = 4 * 3_600;
const YOUNGEST_CHANGE = 3 * 3_600;
/** A mass update touched three rows of a hundred in one second; automation did, so only the modstamp moved. */
const MASS_UPDATE_AGE = 2 * 3_600;
const massUpdated = '(r.n % 100 IN (31, 32, 33))';
/** Every fifth block of this many rows was imported at once and not touched since. */
const IMPORT_SIZE = 500;
const imported = `(r.n / ${IMPORT_SIZE} % 5 = 2)`;

/** Columns created_age, changed_age and touched_age of row `n` of `total`; touched moves the modstamp. */
export const agesOf = (key: string): string => `
  SELECT created_age, changed_age,
    CASE WHEN ${massUpdated} THEN ${MASS_UPDATE_AGE} ELSE changed_age END AS touched_age
  FROM (SELECT created_age, CASE WHEN ${imported} THEN created_age ELSE ${YOUNGEST_CHANGE} + floor(
      (created_age - ${YOUNGEST_CHANGE}) * power(${draw(key, 902, 9_973)} / 9973.0, 2))::bigint
    END AS changed_age
    FROM (SELECT ${YOUNGEST_CREATED} + CASE WHEN ${imported} THEN ${spread(`(r.n / ${IMPORT_SIZE} * ${IMPORT_SIZE})`)}
      ELSE ${spread('r.n')} + ${hash(key, 901)} % ${OLDEST_MARGIN} END AS created_age) AS made) AS changed`;

/** Evenly over the years, the last row the youngest. */
function spread(n: string): string {
  return `((r.total - ${n}) * ${SIX_YEARS - 2 * OLDEST_MARGIN} / r.total)`;
}

/** The instant of an age; `r.base` is the seed's base time. */
export const at = (age: string): string => `(r.base - interval '1 second' * ${age})`;

export const dateAt = (age: string): string => `((${at(age)}) AT TIME ZONE 'UTC')::date`;
