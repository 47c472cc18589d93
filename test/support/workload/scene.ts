import type { Chance } from '../chance.ts';
import type { Crm } from '../crm.ts';
import type { Person } from './person.ts';

/**
 * When something was written: a number that grows with each cycle, between two of them; `pushing` while the
 * sync writes to Salesforce; null in the midst of its other steps, and where nobody counts.
 */
export type Moment = number | 'pushing' | null;

/** Both sides as people reach them who try until they get through. */
export interface World {
  // biome-ignore lint/suspicious/noExplicitAny: rows of any table
  sql(text: string, params?: unknown[]): Promise<any[]>;
  /** Work of the colleague in the CRM, which must bear to be done twice. */
  insist<T>(work: (crm: Crm) => Promise<T>): Promise<T>;
  /** A SOAP call of the colleague. */
  soap(call: string): Promise<string>;
  moment(): Moment;
}

/** Records that Salesforce alone edits, by object. */
export interface Things {
  live: string[];
  deleted: string[];
}

/** What the steps of a workload work on. */
export interface Scene {
  world: World;
  chance: Chance;
  people: Person[];
  things: Map<string, Things>;
  /** A program here and the campaign that it is linked to, with the statuses of members.ts. */
  program?: { id: string; campaign: string };
  /** Names each value and mark of one workload, so that no two share one. */
  mark: string;
  log(text: string): void;
  /** A value that nobody has written before. */
  text(): string;
}

/** One change somewhere; false when there was nothing to change. */
export type Step = (scene: Scene) => Promise<boolean>;

/** What Salesforce answers the colleague's work; null when it refuses, as it may when parents are gone. */
export function attempt<T>(
  { world, log }: Scene,
  work: (crm: Crm) => Promise<T>,
): Promise<T | null> {
  return world.insist(async (crm) => {
    try {
      return await work(crm);
    } catch (error) {
      const { status, message } = error as { status?: number; message: string };
      if (status !== 400 && status !== 404) throw error;
      log(`  refused: ${message.slice(0, 160)}`);
      return null;
    }
  });
}
