import { type Children, childrenOf, type Row } from './records.ts';
import type { Entry, Shape } from './shape.ts';

export type ListEntry = Extract<Entry, { kind: 'children' }>;

/** Keeps the ids of a list's rest, and answers with the cursor's locator. */
type Keep = (entry: ListEntry, path: string[], ids: string[]) => Promise<string>;

const listsOf = (shape: Shape): ListEntry[] =>
  shape.entries.filter((entry): entry is ListEntry => entry.kind === 'children');

export const hasLists = (shape: Shape): boolean => listsOf(shape).length > 0;

/** A row and all its children, and theirs: what it takes of a batch. */
function sizeOf(row: Row, shape: Shape): number {
  return listsOf(shape).reduce(
    (sum, { column, shape: inner }) =>
      sum +
      (childrenOf(row[column])?.rows ?? []).reduce((rest, one) => rest + sizeOf(one, inner), 0),
    1,
  );
}

/**
 * The rows that fit a batch together with their children, which count too. A first row that is too
 * large by itself is a batch of its own: its lists are cut, and the rest of each has a locator.
 */
export async function fitting(
  rows: Row[],
  shape: Shape,
  batchSize: number,
  keep: Keep,
): Promise<Row[]> {
  if (!hasLists(shape)) return rows.slice(0, batchSize);
  const batch: Row[] = [];
  let room = batchSize;
  for (const row of rows) {
    const size = sizeOf(row, shape);
    if (size > room) break;
    batch.push(row);
    room -= size;
  }
  const [first] = rows;
  if (batch.length > 0 || first === undefined) return batch;
  return [await cut(first, shape, { left: batchSize - 1 }, [], keep)];
}

async function cut(
  row: Row,
  shape: Shape,
  room: { left: number },
  path: string[],
  keep: Keep,
): Promise<Row> {
  const copy = [...row];
  for (const entry of listsOf(shape)) {
    const list = childrenOf(row[entry.column]);
    if (list === null) continue;
    const here = [...path, entry.key];
    const rows: Row[] = [];
    for (const child of list.rows) {
      // One of each list at least, or its readers would wait for a page that never holds any.
      if (room.left <= 0 && rows.length > 0) break;
      room.left -= 1;
      rows.push(hasLists(entry.shape) ? await cut(child, entry.shape, room, here, keep) : child);
    }
    const locator = await locatorOf(entry, here, list, rows.length, keep);
    copy[entry.column] = JSON.stringify({ rows, total: list.total, locator } satisfies Children);
  }
  return copy;
}

async function locatorOf(
  entry: ListEntry,
  path: string[],
  list: Children,
  shown: number,
  keep: Keep,
): Promise<string | null> {
  if (shown === list.rows.length) return null;
  const ids = list.rows.map((row) => row[entry.shape.idColumn ?? -1] ?? '');
  return `${await keep(entry, path, ids)}-${shown}`;
}

/** The list at the end of a way through the query's lists. */
export function listAt(shape: Shape, path: string[]): ListEntry | undefined {
  const [key, ...rest] = path;
  const entry = listsOf(shape).find((one) => one.key === key);
  return entry === undefined || rest.length === 0 ? entry : listAt(entry.shape, rest);
}
