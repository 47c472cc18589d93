import type { PoolClient } from 'pg';
import { requiredFieldsMissing, type SalesforceError } from '../../errors.ts';
import type { Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { Draft, WriteContext } from '../types.ts';
import { activity, isLongPast } from './activity.ts';
import { durationMismatch, durationOutOfRange, startMismatch } from './failures.ts';
import { setValue } from './rows-of.ts';

const MINUTE = 60_000;
const DAY = 1440;
/** Minutes of the longest event; an org may have events of several days. */
const LONGEST = 14 * DAY;

const TIMES = [
  ...['IsAllDayEvent', 'StartDateTime', 'ActivityDateTime', 'ActivityDate'],
  ...['EndDateTime', 'DurationInMinutes'],
];

export const event = activity('Event', TIMES, readEvents);

async function readEvents(_client: PoolClient, { org }: WriteContext, save: Save): Promise<void> {
  for (const draft of save.drafts) {
    if (save.kind === 'update' && !TIMES.some((name) => draft.values.has(name))) continue;
    const times = timesOf(draft, save.before.get(draft.id!));
    if (!('start' in times)) {
      draft.errors.push(times);
      continue;
    }
    const { start, end, minutes } = times;
    const stamp = (time: number) => stampOf(new Date(time));
    const set = (name: string, value: string) => setValue(save.object, draft, name, value);
    set('StartDateTime', stamp(start));
    set('ActivityDateTime', stamp(start));
    set('ActivityDate', stamp(start).slice(0, 10));
    set('EndDateTime', stamp(end));
    set('EndDate', stamp(end).slice(0, 10));
    set('DurationInMinutes', String(minutes));
    set('IsArchived', String(isLongPast(org.now(), stamp(end).slice(0, 10))));
  }
}

interface Times {
  /** Milliseconds since 1970. */
  start: number;
  /** Of an event that lasts all day: midnight at the beginning of its last day. */
  end: number;
  minutes: number;
}

/**
 * Start, end and duration from what the request gives of them: any one of the three start fields, and
 * the end or the duration, which must agree where both are given.
 */
function timesOf(
  { values }: Draft,
  before: Record<string, string | null> | undefined,
): Times | SalesforceError {
  const given = (name: string) => values.get(name) ?? null;
  const known = (name: string) => (values.has(name) ? given(name) : (before?.[name] ?? null));
  const isAllDay = known('IsAllDayEvent') === 'true';
  const starts = [given('StartDateTime'), given('ActivityDateTime')];
  if (isAllDay) starts.push(given('ActivityDate'));
  const [start, other] = distinctStarts(starts, isAllDay);
  if (other !== undefined) return startMismatch(isAllDay ? 'ActivityDate' : 'ActivityDateTime');
  const from = start ?? timeOf(before?.StartDateTime ?? null, isAllDay);
  const [end, duration] = [given('EndDateTime'), given('DurationInMinutes')];
  const isTimed = end !== null || duration !== null || isAllDay || before !== undefined;
  const missing = [
    ...(isTimed ? [] : ['DurationInMinutes']),
    ...(from === null ? ['ActivityDateTime'] : []),
  ];
  if (from === null || missing.length > 0) return requiredFieldsMissing(missing);
  // The last day of an event that lasts all day counts as a whole one.
  const extra = isAllDay ? DAY : 0;
  const until = timeOf(end, isAllDay);
  const byEnd = until === null ? null : Math.round((until - from) / MINUTE) + extra;
  const old = before?.DurationInMinutes ?? null;
  const wasAllDay = before?.IsAllDayEvent === 'true';
  const kept =
    old !== null && isAllDay === wasAllDay ? Number(old) : isAllDay ? DAY : Number(old ?? 0);
  const minutes = byEnd ?? (duration === null ? kept : Number(duration));
  if (minutes < 0 || minutes > LONGEST) return durationOutOfRange(LONGEST);
  if (byEnd !== null && duration !== null && byEnd !== Number(duration)) return durationMismatch();
  return { start: from, end: from + Math.max(0, minutes - extra) * MINUTE, minutes };
}

function distinctStarts(starts: (string | null)[], isAllDay: boolean): number[] {
  const times = starts.map((start) => timeOf(start, isAllDay)).filter((time) => time !== null);
  return [...new Set(times)];
}

/** PostgreSQL's text of a time or a day, as milliseconds; of its day's midnight for an event all day. */
function timeOf(text: string | null, isAllDay: boolean): number | null {
  if (text === null) return null;
  const day = text.slice(0, 10);
  if (isAllDay || text.length === 10) return Date.parse(`${day}T00:00:00Z`);
  return Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
}
