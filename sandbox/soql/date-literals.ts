/** A span of whole days, `from` included, `to` not; `YYYY-MM-DD` each. */
export interface Days {
  from: string;
  to: string;
}

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

const WORDS = /^(?:YESTERDAY|TODAY|TOMORROW|(?:LAST|NEXT)_90_DAYS)$/;
const UNITS =
  /^(?:(LAST|THIS|NEXT)_(?:(N)_)?|(N)_)(FISCAL_)?(DAY|WEEK|MONTH|QUARTER|YEAR)(S?)(_AGO)?(:.*)?$/;

/** Whether a word in capitals is a date literal; one with an n needs its colon and something behind it. */
export function isDateLiteral(word: string): boolean {
  if (WORDS.test(word)) return true;
  const [, which, many, ago, fiscal, unit, plural, isAgo, n] = UNITS.exec(word) ?? [];
  if (unit === undefined || (fiscal !== undefined && unit !== 'QUARTER' && unit !== 'YEAR'))
    return false;
  const counts = many !== undefined || ago !== undefined;
  if (which === 'THIS' && counts) return false;
  if (!counts && unit === 'DAY') return false;
  return (
    (plural === 'S') === counts &&
    (n !== undefined) === counts &&
    (isAgo !== undefined) === (ago !== undefined)
  );
}

/**
 * The days a date literal stands for. `n` is the number behind the colon; `today` is the day in the
 * user's time zone; `fiscalStart` the month, from 1, in which the fiscal year begins. Weeks begin on
 * Sunday, as in an org with the United States' settings.
 */
export function daysOf(literal: string, n: number, today: string, fiscalStart = 1): Days {
  const name = literal.toUpperCase();
  if (name === 'YESTERDAY') return span('DAY', today, -1, 0);
  if (name === 'TODAY') return span('DAY', today, 0, 1);
  if (name === 'TOMORROW') return span('DAY', today, 1, 2);
  if (name === 'LAST_90_DAYS') return span('DAY', today, -90, 1);
  if (name === 'NEXT_90_DAYS') return span('DAY', today, 1, 91);
  const [, which, many, , fiscal, word, , ago] = UNITS.exec(name) ?? [];
  const unit = word as Unit;
  const within = (first: number, last: number) =>
    span(unit, today, first, last, fiscal === undefined ? 1 : fiscalStart);
  if (ago !== undefined) return within(-n, -n + 1);
  if (which === 'THIS') return within(0, 1);
  if (which === 'NEXT') return within(1, 1 + (many === undefined ? 1 : n));
  // The last n days run on to the end of today; weeks, months and the rest end before this one.
  return within(many === undefined ? -1 : -n, unit === 'DAY' && many !== undefined ? 1 : 0);
}

/** From the start of the unit `first` units away from today's to the start of the one `last` away. */
function span(unit: Unit, today: string, first: number, last: number, yearStart = 1): Days {
  return {
    from: startOf(unit, today, first, yearStart),
    to: startOf(unit, today, last, yearStart),
  };
}

function startOf(unit: Unit, today: string, away: number, yearStart: number): string {
  const date = new Date(`${today}T00:00:00Z`);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  /** Months since the year's first one, and back from the last year when that is still to come. */
  const inYear = (month - (yearStart - 1) + 12) % 12;
  const starts: Record<Unit, () => number> = {
    DAY: () => Date.UTC(year, month, day + away),
    WEEK: () => Date.UTC(year, month, day - date.getUTCDay() + 7 * away),
    MONTH: () => Date.UTC(year, month + away, 1),
    QUARTER: () => Date.UTC(year, month - (inYear % 3) + 3 * away, 1),
    YEAR: () => Date.UTC(year, month - inYear + 12 * away, 1),
  };
  return new Date(starts[unit]()).toISOString().slice(0, 10);
}

/** The calendar day of an instant in a time zone, `YYYY-MM-DD`. */
export function dayIn(timeZone: string, instant: Date): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(instant);
}
