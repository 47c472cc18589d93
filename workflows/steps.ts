import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { ACTIVITY_OPTIONS } from './activity-options.ts';

export const prepare = proxyActivities<Activities>({
  ...ACTIVITY_OPTIONS.prepare,
  summary: 'Log in, check the org, sync its schema',
});

export const record = (summary: string) =>
  proxyActivities<Activities>({ ...ACTIVITY_OPTIONS.record, summary });

/** A step named for the operator, such as `Lead: write to marketing`. */
export const step = (summary: string) =>
  proxyActivities<Activities>({ ...ACTIVITY_OPTIONS.step, summary });

export const load = (summary: string) =>
  proxyActivities<Activities>({ ...ACTIVITY_OPTIONS.load, summary });

export const runAction = proxyActivities<Activities>({
  ...ACTIVITY_OPTIONS.action,
  summary: 'Do what was asked for, and end its row',
});
