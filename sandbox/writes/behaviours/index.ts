import type { Behaviour } from '../behaviour.ts';

/** Each object's behaviours, in the order in which they run. */
export const BEHAVIOURS: Record<string, readonly Behaviour[] | undefined> = {};
