import Table from 'cli-table3';

/** Rows under a header, without colours; null cells are empty. */
export function table(head: string[], rows: (string | number | null)[][]): string {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows) drawn.push(row.map((cell) => cell ?? ''));
  return `${drawn.toString()}\n`;
}

/** `2026-03-01 12:00:00` in UTC; empty for null. */
export function shortTime(iso: string | null): string {
  return iso === null ? '' : iso.slice(0, 19).replace('T', ' ');
}

/** `1h 2m`, `3m 4s`, `5s`. */
export function shortSpan(seconds: number | null): string {
  if (seconds === null) return '';
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h}h ${m}m`;
  return m > 0 ? `${m}m ${s}s` : `${s}s`;
}
