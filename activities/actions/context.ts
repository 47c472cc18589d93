import type { Outcome } from '../../src/salesforce/port.ts';
import type { ActionParameters } from '../../src/sync/action.ts';
import type { FieldMapping } from '../../src/sync/field-map.ts';
import { errorKind } from '../../src/sync/retry.ts';
import type { ConnectionDeps } from '../deps.ts';
import { ActionHeld, ActionRefused } from './errors.ts';

/** What the kinds of actions share. */
export interface ActionContext extends ConnectionDeps {
  id: string;
  personId: string;
  parameters: ActionParameters;
  mappings: readonly FieldMapping[];
  /** What earlier tries kept (keep); empty in the first. */
  progress: Readonly<Record<string, unknown>>;
  /** Keeps something for a later try, before this one could lose its answer (N2). */
  keep(progress: Readonly<Record<string, unknown>>): Promise<void>;
  /** Before each call: is this attempt still wanted, and is there budget left (M1)? */
  goOn(): void;
}

/** Salesforce ids, and ids of people, by what they are: what the row shows as its result. */
export type ActionResult = Record<string, unknown>;

/**
 * What Salesforce did, or the action's end: refused for good, or held for a while by a lock or load.
 * @throws ActionRefused, ActionHeld
 */
export function requireDone<T extends { ok: true }>(
  outcome: T | Extract<Outcome, { ok: false }>,
): T {
  if (outcome.ok) return outcome;
  const { code, message } = outcome;
  const passes = errorKind(code) === 'passing';
  throw passes ? new ActionHeld(code, message) : new ActionRefused(code, message);
}

/** Salesforce says so of a record that is gone already. */
export const GONE = new Set(['ENTITY_IS_DELETED', 'INVALID_CROSS_REFERENCE_KEY', 'NOT_FOUND']);
