/** A span of whole days, `from` included, `to` not; `YYYY-MM-DD` each. */
export interface Days {
  from: string;
  to: string;
}

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/**
 * The days a date literal stands for, or undefined for a word that is none. `n` is the number
 * behind the colon; `today` is the day in the user's time zone. Weeks begin on Sunday and the fiscal
 * year in January, as in an org with the United States' settings.
 */
export function daysOf(literal: string, n: number, today: string): Days | undefined {
  const name = literal.toUpperCase().replace(/:.*$/, '').replace('FISCAL_', '');
  if (name === 'YESTERDAY') return span('DAY', today, -1, 0);
  if (name === 'TODAY') return span('DAY', today, 0, 1);
  if (name === 'TOMORROW') return span('DAY', today, 1, 2);
  if (name === 'LAST_90_DAYS') return span('DAY', today, -90, 1);
  if (name === 'NEXT_90_DAYS') return span('DAY', today, 1, 91);
  const parts = /^(?:(LAST|THIS|NEXT)_(?:(N)_)?|(N)_)(DAY|WEEK|MONTH|QUARTER|YEAR)S?(_AGO)?$/.exec(
    name,
  );
  if (parts === null) return undefined;
  const unit = parts[4] as Unit;
  if (parts[5] !== undefined) return span(unit, today, -n, -n + 1);
  const many = parts[2] !== undefined;
  if (parts[1] === 'THIS') return span(unit, today, 0, 1);
  if (parts[1] === 'NEXT') return span(unit, today, 1, 1 + (many ? n : 1));
  // The last n days run on to the end of today; weeks, months and the rest end before this one.
  return span(unit, today, many ? -n : -1, unit === 'DAY' && many ? 1 : 0);
}

/** From the start of the unit `first` units away from today's to the start of the one `last` away. */
function span(unit: Unit, today: string, first: number, last: number): Days {
  return { from: startOf(unit, today, first), to: startOf(unit, today, last) };
}

function startOf(unit: Unit, today: string, away: number): string {
  const date = new Date(`${today}T00:00:00Z`);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const starts: Record<Unit, () => number> = {
    DAY: () => Date.UTC(year, month, day + away),
    WEEK: () => Date.UTC(year, month, day - date.getUTCDay() + 7 * away),
    MONTH: () => Date.UTC(year, month + away, 1),
    QUARTER: () => Date.UTC(year, month - (month % 3) + 3 * away, 1),
    YEAR: () => Date.UTC(year + away, 0, 1),
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
