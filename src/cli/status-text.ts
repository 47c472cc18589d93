import type { Status } from '../operations/status.ts';
import { shortSpan, shortTime, table } from './table.ts';

/** `tandem status` for people (K1): why there is no live answer stands first, when there is none. */
export function statusText(status: Status, notLive: string | null): string {
  const { lastSync, api } = status;
  const lines = [
    ...(notLive === null
      ? []
      : [`Not live (${notLive}): as last reported at ${shortTime(status.mirroredAt)} UTC.`]),
    `Connection  ${status.connection}${status.orgId ? `, org ${status.orgId}` : ''}`,
    `State       ${stateText(status)}`,
    `Last sync   ${lastSync ? `cycle ${lastSync.cycle}, ${lastSync.status}, ended ${shortTime(lastSync.endedAt)} UTC` : 'none yet'}`,
    ...(status.nextSyncAt ? [`Next sync   ${shortTime(status.nextSyncAt)} UTC`] : []),
    ...(api ? [`API calls   ${api.used} of ${api.budget} in the budget (limit ${api.limit})`] : []),
  ];
  const loading = status.initialLoad.objects.filter(({ state }) => state !== 'done');
  const load =
    loading.length === 0
      ? ''
      : `Initial load\n${table(
          ['object', 'done', 'expected', 'rows/s', 'left'],
          status.initialLoad.objects.map(({ object, done, expected, rate, secondsLeft }) => [
            object,
            done,
            expected,
            rate,
            shortSpan(secondsLeft),
          ]),
        )}`;
  const objects = table(
    ['object', 'synced up to (UTC)', 'waiting to pull', 'waiting to push', 'errors'],
    status.objects.map(({ object, watermark, waitingPull, waitingPush, errors }) => [
      object,
      shortTime(watermark),
      waitingPull,
      waitingPush,
      errors,
    ]),
  );
  return `${lines.join('\n')}\n${load}${objects}`;
}

/** A reason that begins with the state, as a pause's does, says it all. */
function stateText({ state, reason }: Status): string {
  if (reason === null) return state;
  return reason.startsWith(state) ? reason : `${state}: ${reason}`;
}
